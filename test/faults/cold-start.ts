// A function of the vault as Lambda starts it: the real entry points, their modules new, behind their own network.

import { setImmediate } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyResult, APIGatewayRequestAuthorizerEvent, Context } from 'aws-lambda';
import { vi } from 'vitest';
import { environmentOf, type Variable } from '../../lambda/config.ts';
import type { DirectResult } from '../../lambda/gateway/serve.ts';
import type { CanaryResult } from '../../vault/usecases/keys/canary.ts';
import { contextOf, restEvent } from '../support/requests.ts';

/** What is asked of the functions; `authorize` is the authorizer's part. */
export type Served = 'encrypt' | 'decrypt' | 'incoming' | 'outgoing' | 'erase' | 'authorize';

export interface Request {
  readonly app: string;
  readonly operation: Served;
  readonly authorization: string;
  readonly body: unknown;
  readonly requestId?: string;
}

/** An answer over REST. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the vault says, the expectations look at it.
  readonly body: any;
}

/** The functions of one process. */
export type Functions = (request: Request) => Promise<Reply>;

/** A process, just started. */
export interface ColdProcess {
  readonly functions: Functions;
  /** Sets how long its SDK clients, and its question to STS, wait for an answer from now on. */
  wait(patienceMs: number): void;
}

/** How long a process waits for AWS at first, in milliseconds: about as long as the deployed functions. */
export const PATIENT_MS = 5000;

/** What functions remember, they remember for a minute. */
const A_MINUTE_AND_MORE_MS = 61_000;
const clock = Date.now;
let aheadMs = 0;

/** Lets so much time pass that a function looks everything up again. */
export function forgetAll(): void {
  aheadMs += A_MINUTE_AND_MORE_MS;
}

/** Does something at the right time, as if nothing had been forgotten. */
export async function atTheRightTime<Result>(work: () => Promise<Result>): Promise<Result> {
  const laterMs = aheadMs;
  aheadMs = 0;
  try {
    return await work();
  } finally {
    aheadMs = laterMs;
  }
}

/** Sets the clock to the right time again. */
export function startOfTime(): void {
  aheadMs = 0;
}

type Handler = (event: unknown, context: Context) => Promise<APIGatewayProxyResult | DirectResult | CanaryResult>;

/** Every function of the request path, cold. */
export async function coldStart(endpoint: string, variables: Partial<Record<Variable, string>>): Promise<ColdProcess> {
  vi.resetModules();
  Date.now = () => clock() + aheadMs;
  for (const [name, value] of Object.entries(environmentOf(variables))) vi.stubEnv(name, value);
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
  const { CLIENT_DEFAULTS, PATIENCE } = await import('../../lambda/aws/client-defaults.ts');
  const wait = (patienceMs: number) => Object.assign(PATIENCE, { timeoutMs: patienceMs, stsTimeoutMs: patienceMs });
  wait(PATIENT_MS);
  Object.assign(CLIENT_DEFAULTS, { retryStrategy: await withoutPauses(CLIENT_DEFAULTS.maxAttempts) });
  const [sealing, opening, erasing, authorizer] = await Promise.all([
    import('../../lambda/encrypt.ts'),
    import('../../lambda/decrypt.ts'),
    import('../../lambda/erase.ts'),
    import('../../lambda/authorizer.ts'),
  ]);
  // They warm up first, by the endpoint that is set now.
  for (let turn = 0; turn < 50; turn += 1) await setImmediate();
  const handlers: Record<Exclude<Served, 'authorize'>, Handler> = {
    encrypt: sealing.handler,
    incoming: sealing.handler,
    decrypt: opening.handler,
    outgoing: opening.handler,
    erase: erasing.handler,
  };
  const functions: Functions = async ({ operation, authorization, ...request }) => {
    // An SDK client looks for its endpoint when it is first used.
    vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
    if (operation === 'authorize') return authorized(authorizer.handler, authorization);
    const event = restEvent({ ...request, operation, authorization });
    const answer = await handlers[operation](event, contextOf('rest', request.requestId));
    if (!('statusCode' in answer)) throw new Error('a REST call was not answered like one');
    const { statusCode: status, headers = {}, body: text } = answer;
    return { status, headers, text, body: JSON.parse(text) };
  };
  return { functions, wait };
}

/**
 * The SDK's own way of trying again, but at once, and however much went wrong before: what comes of an attempt does not
 * depend on the pause before it, and what a test breaks says nothing about the next one.
 */
async function withoutPauses(maxAttempts: number): Promise<object> {
  const strategy = await new DynamoDBClient({ maxAttempts }).config.retryStrategy();
  const retryBackoffStrategy = { setDelayBase: () => undefined, computeNextBackoffDelay: () => 0 };
  return Object.assign(strategy, { retryBackoffStrategy, getCapacityCost: () => 0 });
}

/** What API Gateway makes of an authorizer's words: a policy, 401 for the one error it knows, 503 for all others. */
async function authorized(
  authorizer: (event: APIGatewayRequestAuthorizerEvent) => Promise<unknown>,
  Authorization: string,
): Promise<Reply> {
  const methodArn = 'arn:aws:execute-api:us-east-1:000000000000:api/v1/POST/v1/apps/shop/decrypt';
  const event = { methodArn, headers: { Authorization } } as unknown as APIGatewayRequestAuthorizerEvent;
  try {
    const body = await authorizer(event);
    return { status: 200, headers: {}, text: JSON.stringify(body), body };
  } catch (error) {
    const isRefusal = error instanceof Error && error.message === 'Unauthorized';
    const [status, code] = isRefusal ? [401, 'unauthenticated'] : [503, 'unavailable'];
    return { status, headers: { 'Retry-After': '1' }, text: String(error), body: { status, code } };
  }
}
