import type { Context } from 'aws-lambda';
import { expect, test } from 'vitest';
import { callFromBrowser, serveBrowser } from '../../../../lambda/gateway/console.ts';
import { serve } from '../../../../lambda/gateway/serve.ts';
import { consoleParts, signInAs } from '../../../support/console-vault.ts';
import { memoryVault } from '../../../support/memory-vault.ts';

function context(alias: string): Context {
  return { awsRequestId: 'r-1', invokedFunctionArn: `arn:aws:lambda:eu-west-1:1:function:decrypt:${alias}` } as Context;
}

test("only the Console's alias answers the Console, and only the canary's the canary", async () => {
  const { request } = await memoryVault();
  const others = {
    canary: async (event: unknown) => ['canary', event],
    console: async (_: unknown, requestId: string) => ['console', requestId],
  };
  const handler = serve(request, {}, others);
  expect(await handler({ slot: 7 }, context('canary'))).toEqual(['canary', { slot: 7 }]);
  expect(await handler({}, context('console'))).toEqual(['console', 'r-1']);
  expect(await handler({}, context('direct'))).toMatchObject({ status: 401 });
  for (const alias of ['rest', 'xconsole', 'console:rest', 'canary:rest'])
    expect(await handler({}, context(alias))).toMatchObject({ statusCode: 401 });
  expect(await serve(request, {})({}, context('console'))).toMatchObject({ statusCode: 401 });
});

test('a REST event becomes a call with its path, query, headers and body', () => {
  const call = callFromBrowser(
    {
      httpMethod: 'POST',
      pathParameters: { path: 'api/reveal' },
      multiValueQueryStringParameters: { app: ['shop'], twice: ['a', 'b'] },
      multiValueHeaders: { Cookie: ['a=1', 'b=2'], 'X-Daykey-Csrf': ['token'], Origin: ['one', 'two'] },
      body: Buffer.from('{"a":1}').toString('base64'),
      isBase64Encoded: true,
    },
    'r-1',
  );
  expect([call.method, call.path, call.requestId]).toEqual(['POST', '/api/reveal', 'r-1']);
  expect([...call.query]).toEqual([
    ['app', 'shop'],
    ['twice', 'a'],
    ['twice', 'b'],
  ]);
  expect([call.header('cookie'), call.header('x-daykey-csrf'), call.header('origin')]).toEqual([
    'a=1; b=2',
    'token',
    undefined,
  ]);
  expect(call.bodyText()).toBe('{"a":1}');
});

test.each([null, undefined, 'text', 1, {}, { pathParameters: 1, multiValueHeaders: 'x', httpMethod: {}, body: {} }])(
  'the event %j makes a call that is answered with 404',
  async (event) => {
    const { deps } = await consoleParts(signInAs());
    const { statusCode } = await serveBrowser(deps)(event, context('rest'));
    expect(statusCode).toBe(404);
  },
);

test('two cookies go out as two headers', async () => {
  const { deps } = await consoleParts(signInAs());
  const handler = serveBrowser(deps);
  const begun = await handler({ httpMethod: 'GET', pathParameters: { path: 'sign-in' } }, context('rest'));
  const cookie = String(begun.multiValueHeaders?.['Set-Cookie']?.[0]).split(';', 1)[0];
  const back = await handler(
    {
      httpMethod: 'GET',
      pathParameters: { path: 'callback' },
      multiValueQueryStringParameters: { code: ['c'], state: ['s1'] },
      multiValueHeaders: { cookie: [cookie] },
    },
    context('rest'),
  );
  expect(back.multiValueHeaders?.['Set-Cookie']).toHaveLength(2);
});
