// From a call to an answer: verifies the caller, parses the body, runs the operation and writes the log line.

import { isOperation, type Operation } from '../../wire/operations.ts';
import { causesOf, DaykeyError, isDaykeyError, isThrottling } from '../domain/errors.ts';
import type { Principal } from '../domain/trust.ts';
import type { CallerIdentity } from '../ports/caller-identity.ts';
import type { Clock } from '../ports/clock.ts';
import type { FieldCounts, Telemetry } from '../ports/telemetry.ts';
import { authenticate, identify } from '../usecases/identity/authenticate.ts';
import type { Rings } from '../usecases/rings.ts';
import { type Answer, failure, ok } from './answer.ts';
import { type Call, parseBody } from './call.ts';
import type { Handlers } from './handler.ts';

/** What every call needs, whatever its operation. */
export interface RespondDeps {
  clock: Clock;
  identity: CallerIdentity;
  rings: Rings;
  telemetry: Telemetry;
}

/** Answers one call by the handlers of one function. Never throws. */
export async function respond(deps: RespondDeps, handlers: Handlers, call: Call): Promise<Answer> {
  const startedMs = deps.clock();
  let operation: Operation | undefined;
  let principal: Principal | undefined;
  let answer: Answer;
  let counts: FieldCounts | undefined;
  let error: unknown;
  try {
    operation = isOperation(call.operation) ? call.operation : undefined;
    const handler = operation && handlers[operation];
    if (!operation || !handler) throw await notServed(deps, handlers, call);
    principal = await authenticate(deps, call.authorization, call.app, operation);
    const { value, mostBytes } = parseBody(call);
    const result = await handler({ ...principal, requestId: call.requestId, bodyBytes: mostBytes }, value);
    counts = result.counts;
    answer = ok(result.body);
  } catch (caught) {
    error = caught;
    answer = failure(caught);
    if (answer.status === 503) deps.telemetry.count('Unavailable', 1);
    if (isDaykeyError(caught, 'settings-unreadable')) deps.telemetry.count('UnreadableSettings', 1);
    if (isThrottling(caught)) deps.telemetry.count('Throttled', 1);
  }
  deps.telemetry.request({
    operation: operation ?? 'unknown',
    status: answer.status,
    requestId: call.requestId,
    durationMs: deps.clock() - startedMs,
    ...(principal ? { app: principal.app, integration: principal.integration, credential: principal.credential } : {}),
    ...counts,
    ...(isDaykeyError(error) ? { code: error.code } : {}),
    ...(answer.status === 503 ? { cause: causesOf(error) } : {}),
  });
  return answer;
}

/** The refusal of an operation that this function does not serve. Callers without an identity get the 401 instead. */
async function notServed(deps: RespondDeps, handlers: Handlers, { authorization }: Call): Promise<DaykeyError> {
  await identify(deps, authorization);
  const message = `this function serves: ${Object.keys(handlers).join(', ')}`;
  return new DaykeyError('invalid-request', message, { paths: ['operation'] });
}
