// A vault as its callers use it: six verbs, plaintext wrapped, refs opaque.

import type { Entry, EntryContext } from '../../wire/entry.ts';
import type { Explanation } from '../../wire/explanation.ts';
import { decryptAnswer, encryptAnswer, eraseAnswer, explainAnswer, incomingAnswer, outgoingAnswer } from './answers.ts';
import { batchesOf, fewAtOnce, type Member } from './batches.ts';
import { type HttpTransportOptions, httpTransport } from './http-transport.ts';
import { type Json, objectOf, plainJsonOf, revealedJsonOf } from './json.ts';
import { lifeOf } from './life.ts';
import { DaykeyProblem, problemIn, unreachable } from './problem.ts';
import { type RetryOptions, retrying } from './retry.ts';
import { type Scope, scopeOf } from './scope.ts';
import { Sensitive } from './sensitive.ts';
import type { Operation, Transport } from './transport.ts';
import type {
  Decrypted,
  Encrypted,
  EncryptOptions,
  IncomingContext,
  Kept,
  OpenedEntry,
  OutgoingOptions,
  Ref,
  SealedEntry,
} from './verbs.ts';

/** Whose values, who asks, and the way there: `url` for the REST API, or `transport: lambdaTransport(…)`. */
export type DaykeyOptions = RetryOptions & {
  /** The app, as the stack's settings name it. */
  readonly app: string;
  /** Gives the `Authorization` header, for each try: `apiToken(…)` or `awsIdentity(…)`. What it throws rises as it is. */
  readonly identity: () => Promise<string>;
} & (
    | (HttpTransportOptions & {
        /** Over HTTP there is no other way. */
        readonly transport?: never;
      })
    | {
        /** The way there: `lambdaTransport(…)`, or one of your own. */
        readonly transport: Transport;
        /** A transport knows its own. */
        readonly url?: never;
      }
  );

/**
 * A vault, for one app and one identity. Safe to make once and to use concurrently; it prints no credential.
 *
 * Every method rejects with `DaykeyProblem`, and tries again by itself what may pass: status 503, no answer, no answer in
 * time. A request that was carried out and whose answer was lost is carried out again, which harms nothing: an encrypt
 * makes refs of its own, and those nobody received open for nobody.
 */
export class Daykey {
  readonly #app: string;
  readonly #identity: () => Promise<string>;
  readonly #transport: Transport;
  readonly #retry: RetryOptions;

  /** @throws Error for a `url` that is none, or without TLS to another machine. */
  constructor(options: DaykeyOptions) {
    this.#app = options.app;
    this.#identity = options.identity;
    this.#transport = options.transport ?? httpTransport(options);
    this.#retry = options;
  }

  /**
   * Refs of values, any JSON, one field or more. A {@link Sensitive} among them, or anywhere inside them, is sealed as what
   * it holds and keeps the end of its life.
   *
   * More than 64 fields, or than one request takes, become several requests that share the expiry of the first. If one
   * fails the call rejects; what the others sealed has no ref then, and expires unread.
   */
  async encrypt<Fields extends Readonly<Record<string, unknown>>>(
    fields: Fields,
    options: EncryptOptions = {},
  ): Promise<Encrypted<{ readonly [Name in keyof Fields]: Ref<Kept<Fields[Name]>> }>> {
    const sources: Sensitive<unknown>[] = [];
    const members = Object.entries(fields).map(([name, value]): Member => {
      const { text, revealed } = revealedJsonOf(value, `fields.${name}`);
      sources.push(...revealed);
      return [name, text];
    });
    const { extendLife = false, derivedFrom = [], ...life } = options;
    const limit = lifeOf({ ...life, derivedFrom: extendLife ? [] : [...sources, ...derivedFrom] });
    const seal = async (batch: Member[], notAfter?: Member) => {
      const fieldsJson: Member = ['fields', objectOf(batch)];
      const answer = await this.#call(
        'encrypt',
        objectOf(new Map([...limit, ...(notAfter ? [notAfter] : []), fieldsJson])),
      );
      return encryptAnswer(
        answer,
        batch.map(([name]) => name),
      );
    };
    // Without any field the vault is asked too: it says best what is wrong.
    const [firstBatch = [], ...batches] = batchesOf(members);
    const first = await seal(firstBatch);
    const shared: Member = ['notAfter', JSON.stringify(first.expiresAt)];
    const sealed = [first, ...(await fewAtOnce(batches, (batch) => seal(batch, shared)))];
    const refs = Object.fromEntries(sealed.flatMap((each) => Object.entries(each.refs)));
    return {
      refs: refs as { [Name in keyof Fields]: Ref<Kept<Fields[Name]>> },
      expiresAt: new Date(Math.min(...sealed.map((each) => Date.parse(each.expiresAt)))),
    };
  }

  /**
   * What refs stand for, under their names. Unknown, expired, erased, changed, another app's: all `redacted`.
   *
   * More than 64 refs, or than one answer takes, become several requests; if one fails the call rejects.
   */
  async decrypt<Refs extends Readonly<Record<string, string>>>(
    refs: Refs,
  ): Promise<{ readonly [Name in keyof Refs]: Decrypted<Refs[Name] extends Ref<infer T> ? T : Json> }> {
    const fields = await this.#inBatches('refs', refs, (batch) => this.#open(batch));
    const wrapped = fields
      .flat()
      .map(([name, field]): [string, Decrypted<unknown>] => [
        name,
        field.status === 'ok'
          ? { status: 'ok', value: new Sensitive(field.value, new Date(field.expiresAt)) }
          : { status: 'redacted' },
      ]);
    return Object.fromEntries(wrapped) as {
      [Name in keyof Refs]: Decrypted<Refs[Name] extends Ref<infer T> ? T : Json>;
    };
  }

  /**
   * Takes an entry in: sealed where the policy says so, the rest as it was. The entry holds no {@link Sensitive}, for what
   * the policy leaves alone would come back in clear: reveal it, and name it in `derivedFrom`.
   */
  async incoming(entry: Entry, context: IncomingContext = {}): Promise<SealedEntry> {
    const body = objectOf([...lifeOf(context), ...entryMembersOf(entry, context)]);
    const { expiresAt, ...sealed } = incomingAnswer(await this.#call('incoming', body));
    const kept = { ...sealed, entry: sealed.entry as Json };
    return expiresAt === undefined ? kept : { ...kept, expiresAt: new Date(expiresAt) };
  }

  /**
   * What {@link Daykey.incoming} would do with an entry, part by part, and why; up to 1,024 parts. Nothing is sealed and
   * nothing written. Refs that `incoming` would refuse are refused here too.
   */
  async explain(entry: Entry, context: EntryContext = {}): Promise<Explanation> {
    return explainAnswer(await this.#call('explain', objectOf(entryMembersOf(entry, context))));
  }

  /** Takes any JSON out, up to 1,024 refs in it opened for those who get plaintext and redacted for everybody else. */
  async outgoing(entry: unknown, { redactAs }: OutgoingOptions = {}): Promise<OpenedEntry> {
    const members: Member[] = [['entry', plainJsonOf(entry, 'entry')]];
    if (redactAs !== undefined) members.push(['redactAs', plainJsonOf(redactAs, 'redactAs')]);
    const opened = outgoingAnswer(await this.#call('outgoing', objectOf(members)));
    return { ...opened, entry: opened.entry as Json };
  }

  /**
   * A state with refs in it, `{ "$sensitive": ref }` at any place, as a platform keeps it for a flow, a thread or a user:
   * encrypted, redacted and decrypted. Entries that {@link Daykey.incoming} gave are such states too.
   */
  scope<State>(state: State): Scope<State> {
    return scopeOf(state, (refs) => this.decrypt(refs));
  }

  /**
   * Ends the life of values now: all of a subject's, or those of refs. After it no ref that was issued before it opens.
   *
   * @returns how many there were, at least: of a try whose answer was lost nothing is counted.
   */
  async erase(
    what: { readonly subject: string } | { readonly refs: Readonly<Record<string, string>> },
  ): Promise<number> {
    if ('subject' in what) {
      const body = objectOf([['subject', plainJsonOf(what.subject, 'subject')]]);
      return eraseAnswer(await this.#call('erase', body));
    }
    const counts = await this.#inBatches('refs', what.refs, async (batch) =>
      eraseAnswer(await this.#call('erase', objectOf([['refs', objectOf(batch)]]))),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async #inBatches<Result>(
    path: string,
    refs: Readonly<Record<string, string>>,
    work: (batch: Member[]) => Promise<Result>,
  ): Promise<Result[]> {
    const members = Object.entries(refs).map(([name, ref]): Member => [name, plainJsonOf(ref, `${path}.${name}`)]);
    return fewAtOnce(members.length === 0 ? [[]] : batchesOf(members), work);
  }

  /** Values too large for one answer are asked for in halves: only the vault knows their sizes. */
  async #open(batch: Member[]): Promise<ReturnType<typeof decryptAnswer>> {
    try {
      return decryptAnswer(
        await this.#call('decrypt', objectOf([['refs', objectOf(batch)]])),
        batch.map(([name]) => name),
      );
    } catch (error) {
      if (!(error instanceof DaykeyProblem) || error.code !== 'too-large' || batch.length < 2) throw error;
      const half = Math.ceil(batch.length / 2);
      return [...(await this.#open(batch.slice(0, half))), ...(await this.#open(batch.slice(half)))];
    }
  }

  /** The body of an answer of 200. */
  async #call(operation: Operation, body: string): Promise<unknown> {
    return retrying(this.#retry, async (signal) => {
      const request = { app: this.#app, operation, authorization: await this.#identity(), body, signal };
      const answer = await sent(this.#transport, request);
      if (answer.status !== 200) throw problemIn(answer.status, answer.body, answer.retryAfterSeconds);
      return answer.body;
    });
  }
}

function entryMembersOf(entry: Entry, { thread, component, cause }: EntryContext): Member[] {
  const around = Object.entries({ thread, component, cause }).filter(([, value]) => value !== undefined);
  return [
    ...around.map(([name, value]): Member => [name, plainJsonOf(value, name)]),
    ['entry', plainJsonOf(entry, 'entry')],
  ];
}

/** Whatever a transport rejects with, in the words of the SDK. */
async function sent(transport: Transport, request: Parameters<Transport>[0]): ReturnType<Transport> {
  try {
    return await transport(request);
  } catch (error) {
    throw error instanceof DaykeyProblem ? error : unreachable(error);
  }
}
