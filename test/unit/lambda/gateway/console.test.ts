import type { Context } from 'aws-lambda';
import { expect, test } from 'vitest';
import { callFromBrowser, serveBrowser } from '../../../../lambda/gateway/console.ts';
import { withConsole } from '../../../../lambda/gateway/console-alias.ts';
import { consoleParts, signInAs } from '../../../support/console-vault.ts';

function context(alias: string): Context {
  return { awsRequestId: 'r-1', invokedFunctionArn: `arn:aws:lambda:eu-west-1:1:function:decrypt:${alias}` } as Context;
}

test("only the Console's alias answers the Console", async () => {
  const handler = withConsole(
    async () => 'a request',
    async (_, requestId) => ({ status: 200, body: requestId }),
  );
  expect(await handler({}, context('console'))).toEqual({ status: 200, body: 'r-1' });
  for (const alias of ['rest', 'direct', 'canary', 'xconsole:rest'])
    expect(await handler({}, context(alias))).toBe('a request');
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
