// What every operation does around its use case: who calls, may they, what do they ask, what do they get.

import { causesOf, DaykeyError, isDaykeyError, isThrottling } from '../domain/errors.ts';
import { type Caller, OPERATIONS, type Operation, type Principal } from '../domain/trust.ts';
import type { CallerIdentity } from '../ports/caller-identity.ts';
import type { Clock } from '../ports/clock.ts';
import type { FieldCounts, Telemetry } from '../ports/telemetry.ts';
import { authenticate, identify } from '../usecases/identity/authenticate.ts';
import type { Rings } from '../usecases/rings.ts';
import { type Answer, failure, ok } from './answer.ts';
import { type Call, parseBody } from './call.ts';

export interface RespondDeps {
  clock: Clock;
  identity: CallerIdentity;
  rings: Rings;
  telemetry: Telemetry;
}

/** An operation: from a verified caller and a faithful body to the body of the answer. */
export type Act = (caller: Caller, body: unknown) => Promise<Acted<unknown>>;

/** What came of it: the body of the answer, and what the request's log line says beside it. */
export interface Acted<Body> {
  readonly body: Body;
  readonly counts?: FieldCounts;
}

/** The operations that one function serves. */
export type Acts = Partial<Record<Operation, Act>>;

/** One call to one answer. Never throws. */
export async function respond(deps: RespondDeps, acts: Acts, requestId: string, toCall: () => Call): Promise<Answer> {
  const startedMs = deps.clock();
  let operation: Operation | undefined;
  let principal: Principal | undefined;
  let answer: Answer;
  let counts: FieldCounts | undefined;
  let error: unknown;
  try {
    const call = toCall();
    operation = OPERATIONS.find((name) => name === call.operation && acts[name]);
    const act = operation && acts[operation];
    if (!operation || !act) throw await notServed(deps, acts, call);
    principal = await authenticate(deps, call.authorization, call.app, operation);
    const acted = await act({ ...principal, requestId }, parseBody(call));
    counts = acted.counts;
    answer = ok(acted.body);
  } catch (caught) {
    error = caught;
    answer = failure(caught);
    if (answer.status === 503) deps.telemetry.count('Unavailable', 1);
    if (isThrottling(caught)) deps.telemetry.count('Throttled', 1);
  }
  deps.telemetry.request({
    operation: operation ?? 'unknown',
    status: answer.status,
    requestId,
    durationMs: deps.clock() - startedMs,
    ...(principal ? { app: principal.app, integration: principal.integration } : {}),
    ...counts,
    ...(isDaykeyError(error) ? { code: error.code } : {}),
    ...(answer.status === 503 ? { cause: causesOf(error) } : {}),
  });
  return answer;
}

/** What a call for another function's operation is told, once it has said who it is. */
async function notServed(deps: RespondDeps, acts: Acts, { authorization }: Call): Promise<DaykeyError> {
  await identify(deps, authorization);
  const message = `this function serves: ${Object.keys(acts).join(', ')}`;
  return new DaykeyError('invalid-request', message, { paths: ['operation'] });
}
