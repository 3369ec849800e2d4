// A bot that asks a model, which never sees a private value: placeholders go out, and values come back in answers and tools.

import type { Daykey } from '../../client/sdk/index.ts';
import { type Placeholders, type Span, type Veil, veil } from '../../client/veil/index.ts';

/** What a model has been sent and has answered so far. Safe to store: values are placeholders. */
export interface Turn {
  readonly from: 'person' | 'model' | 'tool';
  readonly text: string;
}

/** What a model gives: an answer in pieces, or the call of a tool. */
export type Reply = { readonly pieces: AsyncIterable<string> } | { readonly tool: string; readonly args: string };

/** Any model, behind the SDK of its vendor. */
export type Model = (turns: readonly Turn[]) => Promise<Reply>;

/** A tool, and the types of values that it needs. It gets no others, whatever the model asks for. */
export interface Tool {
  readonly types: readonly string[];
  run(args: Readonly<Record<string, string>>): Promise<string>;
}

/** What the bot is made of. Where private values are in a text, `detect` says: Presidio, Comprehend, or your own. */
export interface Parts {
  readonly vault: Daykey;
  readonly detect: (text: string) => readonly Span[];
  readonly model: Model;
  readonly tools: Readonly<Record<string, Tool>>;
  /** Threads by their IDs, as JSON. */
  readonly store: Map<string, string>;
}

interface Thread {
  readonly placeholders: Placeholders;
  readonly turns: readonly Turn[];
}

/** Model calls for one message, at most. */
const MAX_STEPS = 5;

/** The bot's answer to a person, piece by piece. */
export async function* answer(parts: Parts, threadId: string, message: string): AsyncGenerator<string> {
  const { placeholders, turns } = read(parts, threadId);
  const thread = veil(parts.vault, threadId, placeholders);
  const hide = async (text: string) => (await thread.hide([{ text, spans: parts.detect(text) }])).join('');
  const said: Turn[] = [...turns, { from: 'person', text: await hide(message) }];
  for (let step = 0; step < MAX_STEPS; step += 1) {
    // Before the model sees a placeholder, so that none is ever lost.
    write(parts, threadId, thread, said);
    const reply = await parts.model(said);
    if ('pieces' in reply) {
      const written: string[] = [];
      yield* thread.restoreStream(kept(reply.pieces, written));
      write(parts, threadId, thread, [...said, { from: 'model', text: written.join('') }]);
      return;
    }
    said.push({ from: 'tool', text: await hide(await called(parts, thread, reply)) });
  }
  throw new Error(`the model asked for tools ${MAX_STEPS} times`);
}

/** A stored thread as a person may see it: stars for what has ended. */
export async function history(parts: Parts, threadId: string): Promise<string[]> {
  const { placeholders, turns } = read(parts, threadId);
  const thread = veil(parts.vault, threadId, placeholders);
  return Promise.all(turns.map(async ({ from, text }) => `${from}: ${await thread.restore(text)}`));
}

/** What a tool finds for a call of the model. */
async function called(parts: Parts, thread: Veil, { tool, args }: { tool: string; args: string }): Promise<string> {
  if (!Object.hasOwn(parts.tools, tool)) return `There is no tool ${tool}.`;
  const { types, run } = parts.tools[tool] as Tool;
  return run(JSON.parse(await thread.restoreArguments(args, { types })) as Record<string, string>);
}

/** Passes pieces on, and keeps them as the model wrote them. */
async function* kept(pieces: AsyncIterable<string>, written: string[]): AsyncIterable<string> {
  for await (const piece of pieces) {
    written.push(piece);
    yield piece;
  }
}

function read({ store }: Parts, threadId: string): Thread {
  return JSON.parse(store.get(threadId) ?? '{"placeholders":{},"turns":[]}') as Thread;
}

function write({ store }: Parts, threadId: string, { placeholders }: Veil, turns: readonly Turn[]): void {
  store.set(threadId, JSON.stringify({ placeholders, turns } satisfies Thread));
}
