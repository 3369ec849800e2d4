// What every operation does around its use case: who calls, may they, what do they ask, what do they get.

import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { DaykeyError, isDaykeyError } from '../domain/errors.ts';
import { type Caller, OPERATIONS, type Operation, type Principal } from '../domain/trust.ts';
import type { CallerIdentity } from '../ports/caller-identity.ts';
import type { Clock } from '../ports/clock.ts';
import type { FieldCounts, Telemetry } from '../ports/telemetry.ts';
import { authenticate } from '../usecases/authenticate.ts';
import type { Rings } from '../usecases/rings.ts';
import { type Answer, failure, ok } from './answer.ts';
import { bodyOf, type Call, callFromDirect, callFromRest, type DirectEvent } from './call.ts';

/** The alias that other Lambdas are granted. */
export const DIRECT_ALIAS = 'direct';

/** Answer to a direct invocation: what the REST route says, as data. */
export type DirectResult = { readonly status: number; readonly body: unknown };

export interface ServeDeps {
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

/** The Lambda handler of a function's operations, for REST events and, on their own alias, direct ones. */
export function serve(deps: ServeDeps, acts: Acts) {
  return async (event: unknown, context: Context): Promise<APIGatewayProxyResult | DirectResult> => {
    const direct = context.invokedFunctionArn.endsWith(`:${DIRECT_ALIAS}`);
    const answer = await respond(deps, acts, context.awsRequestId, () =>
      direct ? callFromDirect(event as DirectEvent) : callFromRest(event as APIGatewayProxyEvent),
    );
    if (direct) return { status: answer.status, body: answer.body };
    return { statusCode: answer.status, headers: { ...answer.headers }, body: JSON.stringify(answer.body) };
  };
}

/** One call, whichever way it came, to one answer. Never throws. */
export async function respond(deps: ServeDeps, acts: Acts, requestId: string, toCall: () => Call): Promise<Answer> {
  const startedMs = deps.clock();
  let operation: Operation | undefined;
  let principal: Principal | undefined;
  let answer: Answer;
  let counts: FieldCounts | undefined;
  let error: unknown;
  try {
    const call = toCall();
    const [name, act] = served(acts, call.operation);
    operation = name;
    principal = await authenticate(deps, call.authorization, call.app, operation);
    const acted = await act({ ...principal, requestId }, bodyOf(call));
    counts = acted.counts;
    answer = ok(acted.body);
  } catch (caught) {
    error = caught;
    answer = failure(caught);
    if (answer.status === 503) deps.telemetry.count('Unavailable', 1);
  }
  deps.telemetry.request({
    operation: operation ?? 'unknown',
    status: answer.status,
    requestId,
    durationMs: deps.clock() - startedMs,
    ...(principal ? { app: principal.app, integration: principal.integration } : {}),
    ...counts,
    ...(isDaykeyError(error) ? { code: error.code } : {}),
    ...(answer.status === 503 ? { cause: causes(error) } : {}),
  });
  return answer;
}

/** @throws DaykeyError `invalid-request` for an operation that this function does not serve. */
function served(acts: Acts, asked: string): [Operation, Act] {
  const name = OPERATIONS.find((operation) => operation === asked);
  const act = name && acts[name];
  if (act) return [name, act];
  const message = `this function serves: ${Object.keys(acts).join(', ')}`;
  throw new DaykeyError('invalid-request', message, { paths: ['operation'] });
}

/** Names and stack frames of an error and its causes. Messages stay out: a dependency may have put anything there. */
function causes(error: unknown): string[] {
  if (!(error instanceof Error)) return ['not an Error'];
  const frame = firstFrame(error);
  const name = error instanceof DaykeyError ? `${error.name} ${error.code}` : error.name;
  return [`${name}${frame ? ` ${frame.trim()}` : ''}`, ...(error.cause ? causes(error.cause) : [])];
}

/** Of what follows the message: a message of several lines could pass for a frame. */
function firstFrame({ stack = '', message }: Error): string | undefined {
  const start = stack.indexOf(message);
  if (start < 0) return undefined;
  const lines = stack.slice(start + message.length).split('\n');
  return lines.find((line) => /^\s+at /.test(line));
}
