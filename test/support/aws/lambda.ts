// Lambda as far as one function invokes another: by name or ARN, with the function's error as AWS reports it.

import { type Answer, jsonAnswer } from './answer.ts';

/** What a function does with its event. */
export type FakeFunction = (event: unknown) => Promise<unknown>;

const PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** Whether the path of a request is an invocation. */
export function isInvocation(path: string): boolean {
  return PATH.test(path);
}

/** Invokes a function and waits for it (AWS Lambda API reference, Invoke). */
export async function invoke(
  functions: ReadonlyMap<string, FakeFunction>,
  path: string,
  payload: string,
): Promise<Answer> {
  const [, name = ''] = PATH.exec(path) ?? [];
  const invoked = functions.get(decodeURIComponent(name));
  if (invoked === undefined) {
    const refused = jsonAnswer(404, { Type: 'User', message: `Function not found: ${name}` });
    return { ...refused, headers: { ...refused.headers, 'x-amzn-errortype': 'ResourceNotFoundException' } };
  }
  try {
    return jsonAnswer(200, (await invoked(JSON.parse(payload))) ?? null);
  } catch (error) {
    // The invocation has succeeded; the function has not.
    const failed = jsonAnswer(200, { errorType: 'Error', errorMessage: String(error) });
    return { ...failed, headers: { ...failed.headers, 'x-amz-function-error': 'Unhandled' } };
  }
}
