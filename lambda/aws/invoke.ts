// Invokes functions of the vault by one signed request. The SDK's Lambda client would be a fifth of a function's bundle.

import type { Invoke } from '../../vault/ports/invoke.ts';
import { translating } from './errors.ts';
import { type ClientConfig, type PostAnswer, refusal, type Service, signedPost } from './signed-post.ts';

export interface Functions {
  /** Invokes a function by its ARN, and waits for its answer. */
  readonly invoke: Invoke;
  /** Has a function invoked by its ARN, and does not wait for it. */
  sendEvent(functionArn: string, event: unknown): Promise<void>;
}

/**
 * The functions of the vault, with the configuration of an SDK client (AWS Lambda API reference, Invoke). Each request is tried
 * once: callers of rotations and canaries try again.
 */
export function lambdaFunctions(config: ClientConfig, options: Omit<Service, 'name'>): Functions {
  const post = signedPost(config, { ...options, name: 'lambda' });

  async function invoked(type: string, expected: number, functionArn: string, event: unknown): Promise<PostAnswer> {
    const path = `/2015-03-31/functions/${encodeURIComponent(functionArn)}/invocations`;
    const headers = { 'content-type': 'application/json', 'x-amz-invocation-type': type };
    const answer = await post(path, headers, JSON.stringify(event));
    if (answer.status !== expected) throw refusal(answer);
    return answer;
  }

  return {
    invoke: (functionArn, event) =>
      translating('invoke a function', {}, async () => {
        const { headers, text } = await invoked('RequestResponse', 200, functionArn, event);
        if (headers['x-amz-function-error'] !== undefined) return { failed: true };
        return { failed: false, answer: text === '' ? undefined : JSON.parse(text) };
      }),
    sendEvent: (functionArn, event) =>
      translating('invoke a function', {}, async () => void (await invoked('Event', 202, functionArn, event))),
  };
}
