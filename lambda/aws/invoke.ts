// Invokes a function of the vault by one signed request. The SDK's Lambda client would be a fifth of a function's bundle.

import { type ClientConfig, type PostAnswer, type Service, signedPost } from './signed-post.ts';

/** Invokes a function and waits for its answer, parsed from JSON. */
export type Invoke = (functionArn: string, event: unknown) => Promise<InvokeResult>;

/** An error of the function itself says nothing more: the function's log has it. */
export type InvokeResult = { readonly failed: true } | { readonly failed: false; readonly answer: unknown };

/**
 * An {@link Invoke} with the configuration of an SDK client (AWS Lambda API reference, Invoke). Tries once: callers of
 * rotations and canaries try again.
 */
export function lambdaInvoke(config: ClientConfig, options: Omit<Service, 'name'>): Invoke {
  const post = postEvent(config, options, 'RequestResponse', 200);
  return async (functionArn, event) => {
    const { headers, text } = await post(functionArn, event);
    if (headers['x-amz-function-error'] !== undefined) return { failed: true };
    return { failed: false, answer: text === '' ? undefined : JSON.parse(text) };
  };
}

/** Has a function invoked, and does not wait for it. */
export function lambdaEvents(
  config: ClientConfig,
  options: Omit<Service, 'name'>,
): (functionArn: string, event: unknown) => Promise<void> {
  const post = postEvent(config, options, 'Event', 202);
  return async (functionArn, event) => void (await post(functionArn, event));
}

function postEvent(
  config: ClientConfig,
  { endpoint, timeoutMs }: Omit<Service, 'name'>,
  type: 'Event' | 'RequestResponse',
  expected: number,
) {
  const post = signedPost(config, { name: 'lambda', endpoint, timeoutMs });
  const headers = { 'content-type': 'application/json', 'x-amz-invocation-type': type };
  return async (functionArn: string, event: unknown): Promise<PostAnswer> => {
    const path = `/2015-03-31/functions/${encodeURIComponent(functionArn)}/invocations`;
    const answer = await post(path, headers, JSON.stringify(event));
    if (answer.status !== expected) throw refusal(answer.status, answer.headers['x-amzn-errortype']);
    return answer;
  };
}

/** Lambda's refusal by its name, such as `TooManyRequestsException`. Its message may repeat the event. */
function refusal(status: number, type = 'UnknownError'): Error {
  const error = new Error(`Lambda refused to invoke a function: ${status}`);
  error.name = type.split(':', 1)[0] ?? type;
  return error;
}
