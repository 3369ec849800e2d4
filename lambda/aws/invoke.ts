// Invokes a function of the vault by one signed request. The SDK's Lambda client would be a fifth of a function's bundle.

import type { Invoke } from '../../vault/ports/invoke.ts';
import { translating } from './errors.ts';
import { type ClientConfig, type PostAnswer, refusal, type Service, signedPost } from './signed-post.ts';

/**
 * An {@link Invoke} by ARN, with the configuration of an SDK client (AWS Lambda API reference, Invoke). Tries once: callers of
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
  return (functionArn: string, event: unknown): Promise<PostAnswer> =>
    translating('invoke a function', {}, async () => {
      const path = `/2015-03-31/functions/${encodeURIComponent(functionArn)}/invocations`;
      const answer = await post(path, headers, JSON.stringify(event));
      if (answer.status !== expected) throw refusal(answer);
      return answer;
    });
}
