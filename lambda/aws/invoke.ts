// Invokes a function of the vault by one signed request. The SDK's Lambda client would be a fifth of a function's bundle.

import { type ClientConfig, type Service, signedPost } from './signed-post.ts';

/** Invokes a function and waits for its answer, parsed from JSON. */
export type Invoke = (functionArn: string, event: unknown) => Promise<InvokeResult>;

/** An error of the function itself says nothing more: the function's log has it. */
export type InvokeResult = { readonly failed: true } | { readonly failed: false; readonly answer: unknown };

/**
 * An {@link Invoke} with the configuration of an SDK client (AWS Lambda API reference, Invoke). Tries once: callers of
 * rotations and canaries try again.
 */
export function lambdaInvoke(config: ClientConfig, { endpoint, timeoutMs }: Omit<Service, 'name'>): Invoke {
  const post = signedPost(config, { name: 'lambda', endpoint, timeoutMs });
  return async (functionArn, event) => {
    const path = `/2015-03-31/functions/${encodeURIComponent(functionArn)}/invocations`;
    const { status, headers, text } = await post(path, { 'content-type': 'application/json' }, JSON.stringify(event));
    if (status !== 200) throw refusal(status, headers['x-amzn-errortype']);
    if (headers['x-amz-function-error'] !== undefined) return { failed: true };
    return { failed: false, answer: text === '' ? undefined : JSON.parse(text) };
  };
}

/** Lambda's refusal by its name, such as `TooManyRequestsException`. Its message may repeat the event. */
function refusal(status: number, type = 'UnknownError'): Error {
  const error = new Error(`Lambda refused to invoke a function: ${status}`);
  error.name = type.split(':', 1)[0] ?? type;
  return error;
}
