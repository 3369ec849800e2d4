// What the decrypt function answers the Console, on an alias that only the Console may invoke.

import * as z from 'zod/mini';
import { MAX_NAME_LENGTH, MAX_SUBJECT_LENGTH } from '../../../wire/limits.ts';
import { isClaimText, MAX_CLAIM_VALUES, type Sight } from '../../domain/console/viewers.ts';
import { causesOf, isDaykeyError } from '../../domain/errors.ts';
import { rfc3339 } from '../../domain/instant.ts';
import { poolOf } from '../../domain/kek-life/holder.ts';
import type { KeyAtAGlance, Revealed, RevealingVault, RevealRequest } from '../../ports/revealing-vault.ts';
import { type RevealDeps, serveReveal, threadTags } from '../../usecases/console/serve-reveal.ts';
import { appsOf, ringForConsole, type SightDeps, sees } from '../../usecases/console/sight.ts';
import { type Answer, failure, ok } from '../answer.ts';
import { checked } from '../checked.ts';
import { reason, ticket } from './reveal-form.ts';

const shortText = z.string().check(z.minLength(1), z.maxLength(MAX_SUBJECT_LENGTH));
/** Values of a claim of the person who asks. */
const values = z.readonly(z.array(z.string().check(z.refine(isClaimText))).check(z.maxLength(MAX_CLAIM_VALUES)));

/** The name of any app, or its beginning: what the log of requests keeps of it is short. */
const name = z.string().check(z.maxLength(MAX_NAME_LENGTH));

/** What the Console sends. */
const consoleRequest = z.discriminatedUnion('request', [
  z.strictObject({
    request: z.literal('reveal'),
    app: name,
    values,
    ref: z.string(),
    person: z.strictObject({ subject: shortText, name: shortText }),
    reason,
    ticket: z.exactOptional(ticket),
  }),
  z.strictObject({ request: z.literal('thread'), app: name, values, thread: shortText }),
  z.strictObject({ request: z.literal('keys'), app: name, values }),
  z.strictObject({ request: z.literal('sees'), app: name, values }),
  z.strictObject({
    request: z.literal('apps'),
    values,
    beginning: name,
  }),
]);

/** A request of the Console, before it is checked. */
export type ConsoleRequest = z.input<typeof consoleRequest>;

/** What the decrypt function needs to answer the Console. */
export interface DecryptSideDeps extends RevealDeps, SightDeps {}

/** Status and body of an answer. */
export interface ConsoleReply {
  readonly status: number;
  readonly body: unknown;
}

/** Answers a request of the Console. Never rejects. */
export async function answerConsole(deps: DecryptSideDeps, event: unknown, requestId: string): Promise<ConsoleReply> {
  const startedMs = deps.clock();
  let request: z.output<typeof consoleRequest> | undefined;
  let error: unknown;
  let answer: Answer;
  try {
    request = checked(consoleRequest, event);
    answer = ok(await answerTo(deps, request, requestId));
  } catch (caught) {
    error = caught;
    answer = failure(caught);
    if (answer.status === 503) deps.telemetry.count('Unavailable', 1);
  }
  const { status, body } = answer;
  deps.telemetry.request({
    operation: request === undefined ? 'console' : `console ${request.request}`,
    status,
    requestId,
    durationMs: deps.clock() - startedMs,
    ...(request && 'app' in request ? { app: request.app } : {}),
    ...(isDaykeyError(error) ? { code: error.code } : {}),
    ...(status === 503 ? { cause: causesOf(error) } : {}),
  });
  return { status, body };
}

/** The decrypt function's side, for a Console in the same process. @param newId names each reveal in the audit log. */
export function revealingVault(deps: DecryptSideDeps, newId: () => string): RevealingVault {
  return {
    reveal: (request) => revealed(deps, request, newId()),
    threadTags: (sight, thread) => threadTags(deps, sight, thread),
    keys: (sight) => keysAtAGlance(deps, sight),
    sees: (sight) => sees(deps, sight),
    appsOf: (own, beginning) => appsOf(deps, own, beginning),
  };
}

async function answerTo(
  deps: DecryptSideDeps,
  request: z.output<typeof consoleRequest>,
  requestId: string,
): Promise<unknown> {
  const vault = revealingVault(deps, () => requestId);
  switch (request.request) {
    case 'reveal':
      return await vault.reveal(request);
    case 'thread':
      return await vault.threadTags(request, request.thread);
    case 'keys':
      return await vault.keys(request);
    case 'sees':
      return await vault.sees(request);
    case 'apps':
      return await vault.appsOf(request.values, request.beginning);
  }
}

async function revealed(deps: RevealDeps, request: RevealRequest, requestId: string): Promise<Revealed> {
  const served = await serveReveal(deps, request, requestId);
  switch (served.status) {
    case 'ok':
      return { status: 'ok', value: JSON.parse(served.json), expiresAt: rfc3339(served.expiresAtS) };
    case 'blob': {
      const { key, context, bytes } = served.blob;
      const blob = {
        key: key.toString('base64url'),
        context: context.toString('base64url'),
        bytes,
        url: served.url,
      };
      key.fill(0);
      return { status: 'blob', blob, expiresAt: rfc3339(served.expiresAtS) };
    }
    case 'redacted':
      // Why is for operators only.
      return { status: 'redacted' };
    case 'unapproved':
    case 'too-large':
      return served;
  }
}

async function keysAtAGlance(deps: SightDeps, sight: Sight): Promise<KeyAtAGlance[]> {
  const { slots } = await ringForConsole(deps, sight);
  return slots.map(({ slot, endsAtS, decryptUntilS, state, holder }) => ({
    from: rfc3339(slot),
    until: rfc3339(endsAtS),
    endsAt: rfc3339(decryptUntilS),
    state,
    pool: poolOf(holder),
  }));
}
