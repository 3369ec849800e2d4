// One signed request to Lambda: where it goes, what it says, and what becomes of the answer.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KMSClient } from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLIENT_DEFAULTS } from '../../../../lambda/aws/client-defaults.ts';
import { lambdaFunctions } from '../../../../lambda/aws/invoke.ts';

const ARN = 'arn:aws:lambda:eu-central-1:111122223333:function:Encrypt:canary';
const CLIENT = {
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' },
  ...CLIENT_DEFAULTS,
};

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let received: Received[] = [];
let answer: (response: ServerResponse) => void = (response) => response.end('{}');
let endpoint = '';
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const { method, url, headers } = request;
  received.push({ method, url, headers, body });
  answer(response);
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function invoke(event: unknown, timeoutMs = 5000) {
  received = [];
  return lambdaFunctions(new KMSClient(CLIENT).config, { endpoint, timeoutMs }).invoke(ARN, event);
}

describe('an invocation', () => {
  test("goes where the SDK's own goes, with the same signature", async () => {
    await invoke({ app: 'shop' });
    const [ours] = received;
    received = [];
    await new LambdaClient({ ...CLIENT, endpoint }).send(
      new InvokeCommand({ FunctionName: ARN, Payload: JSON.stringify({ app: 'shop' }) }),
    );
    const [theirs] = received;
    expect([ours?.method, ours?.url, ours?.body]).toEqual([theirs?.method, theirs?.url, theirs?.body]);
    const scope =
      /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-central-1\/lambda\/aws4_request, SignedHeaders=(.*host.*), Signature=[0-9a-f]{64}$/;
    expect(ours?.headers.authorization).toMatch(scope);
    expect(theirs?.headers.authorization).toMatch(scope);
    expect(ours?.headers['x-amz-security-token']).toBe('session');
    expect(ours?.headers['x-amz-content-sha256']).toBe(theirs?.headers['x-amz-content-sha256']);
  });

  test('answers what the function answers', async () => {
    answer = (response) => response.end('{"digest":"d"}');
    expect(await invoke({})).toEqual({ failed: false, answer: { digest: 'd' } });
    answer = (response) => response.end('null');
    expect(await invoke({})).toEqual({ failed: false, answer: null });
    answer = (response) => response.end();
    expect(await invoke({})).toEqual({ failed: false, answer: undefined });
  });

  test('whose answer is not JSON fails, and its text is not repeated', async () => {
    answer = (response) => response.end('<a value>');
    await expect(invoke({})).rejects.toThrow(/^failed to invoke a function: SyntaxError$/);
  });

  test('says that the function failed, and not why', async () => {
    answer = (response) => response.setHeader('X-Amz-Function-Error', 'Unhandled').end('{"errorMessage":"a value"}');
    expect(await invoke({})).toEqual({ failed: true });
  });

  test.each([
    [403, 'AccessDeniedException', undefined],
    [404, 'ResourceNotFoundException:http://internal.amazon.com/', undefined],
    [429, 'TooManyRequestsException', 'unavailable'],
    [500, 'ServiceException', 'unavailable'],
    [302, undefined, undefined],
  ])(
    'that Lambda refuses with %i is an error that names the refusal, without its message',
    async (status, type, code) => {
      answer = (response) => {
        response.statusCode = status;
        if (type) response.setHeader('x-amzn-ErrorType', type);
        response.end('{"message":"a value"}');
      };
      const error: unknown = await invoke({}).catch((thrown: unknown) => thrown);
      const name = (type ?? 'UnknownError').replace(/:.*/, '');
      expect(error).toMatchObject({ cause: { name }, ...(code && { code }) });
      expect(String(error)).toMatch(new RegExp(`invoke a function.*: ${name}$`));
      expect(received).toHaveLength(1);
    },
  );

  test('that is not waited for is done when Lambda has taken the event', async () => {
    received = [];
    answer = (response) => {
      response.statusCode = 202;
      response.end();
    };
    const functions = lambdaFunctions(new KMSClient(CLIENT).config, { endpoint, timeoutMs: 5000 });
    await functions.sendEvent(ARN, { app: 'shop' });
    expect(received).toMatchObject([{ headers: { 'x-amz-invocation-type': 'Event' }, body: '{"app":"shop"}' }]);
    answer = (response) => response.end('{}');
    await expect(functions.sendEvent(ARN, {})).rejects.toThrow('failed to invoke a function');
  });

  test('that takes too long is an error', async () => {
    answer = () => undefined;
    await expect(invoke({}, 50)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
