// The testing kit behind a port: what any HTTP client gets is what the REST API would have said.

import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blobs } from '../../../../client/blobs/index.ts';
import { Daykey } from '../../../../client/sdk/index.ts';
import { type TestingVault, testingVault } from '../../../../client/testing/index.ts';
import { memoryVault } from '../../../support/memory-vault.ts';

const PROPS = {
  apps: { shop: { integrations: { web: { kind: 'messaging' }, analytics: { kind: 'other' } } } },
} as const;

let vault: TestingVault;
let url: string;
let close: () => Promise<void>;
let authorization: string;
beforeAll(async () => {
  vault = await testingVault(PROPS);
  ({ url, close } = await vault.listen());
  authorization = await vault.identity('shop', 'web')();
});
afterAll(() => close());

const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json', ...headers },
    body,
  });

test('listens on this machine only', () => {
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

test('the SDK over HTTP has the same vault as the one in process', async () => {
  const overHttp = new Daykey({ app: 'shop', url, identity: vault.identity('shop', 'web') });
  const { refs } = await overHttp.encrypt({ email: 'maya@example.org' });
  const { email } = await vault.as('shop', 'web').decrypt(refs);
  expect(email.status === 'ok' && email.value.reveal()).toBe('maya@example.org');
});

test('blobs go through the port too', async () => {
  const content = Buffer.from('a picture');
  const { sealBlob, openBlob } = blobs(new Daykey({ app: 'shop', url, identity: vault.identity('shop', 'web') }));
  const opened = await openBlob((await sealBlob(content)).ref);
  expect(opened.status === 'ok' && (await opened.blob.reveal()).equals(content)).toBe(true);
});

describe('answers with the status, body and headers of the handlers:', () => {
  test.each([
    ['a success', '{"fields":{"a":1}}', {}],
    ['what is not JSON', '{"fields"', {}],
    ['a wrong shape', '{"fields":{}}', {}],
    ['a number that would change', '{"fields":{"a":1e400}}', {}],
    ['another type', '{"fields":{"a":1}}', { 'content-type': 'text/plain' }],
    ['no identity', '{"fields":{"a":1}}', { authorization: '' }],
    ['an unknown identity', '{"fields":{"a":1}}', { authorization: 'Bearer dkt_x' }],
    ['too many bytes', JSON.stringify({ fields: { a: 'x'.repeat(3 * 1024 * 1024) } }), {}],
  ])('%s', async (_, body, headers: Record<string, string>) => {
    const real = await memoryVault();
    const sent = { authorization: real.authorizationOf('web'), ...headers };
    const expected = await real.send({ operation: 'encrypt', body, headers: sent });
    const answer = await post('/v1/apps/shop/encrypt', body, headers);
    expect(answer.status).toBe(expected.status);
    for (const [name, value] of Object.entries(expected.headers)) expect(answer.headers.get(name)).toBe(value);
    const text = await answer.text();
    expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    const actual = JSON.parse(text);
    if (answer.status === 200) expect(Object.keys(actual)).toEqual(Object.keys(expected.body as object));
    else expect(actual).toEqual(expected.body);
  });
});

test('an integration without the right is refused', async () => {
  const headers = { authorization: await vault.identity('shop', 'analytics')() };
  const answer = await post('/v1/apps/shop/decrypt', '{"refs":{"a":"x"}}', headers);
  expect([answer.status, await answer.json()]).toMatchObject([403, { code: 'forbidden' }]);
});

test('bytes that are no text are refused, not changed', async () => {
  const body = Buffer.concat([Buffer.from('{"fields":{"a":"'), Buffer.of(0xff), Buffer.from('"}}')]);
  const answer = await post('/v1/apps/shop/encrypt', body);
  expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'invalid-json' }]);
});

test('a header that is sent twice counts as none', async () => {
  const status = await new Promise((resolve, reject) => {
    const headers = {
      host: 'vault',
      authorization: [authorization, authorization],
      'content-type': 'application/json',
    };
    // Node joins what is given twice in an object; raw headers are sent as they are.
    const raw = Object.entries(headers).flatMap(([name, values]) => [values].flat().flatMap((value) => [name, value]));
    const sent = request(`${url}/v1/apps/shop/encrypt`, { method: 'POST', headers: raw }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.on('error', reject).end('{"fields":{"a":1}}');
  });
  expect(status).toBe(401);
});

test.each([
  ['GET', '/v1/apps/shop/encrypt'],
  ['POST', '/v1/apps/shop/canary'],
  ['POST', '/v1/apps/shop'],
  ['POST', '/v1/apps/%E0%A4%A/encrypt'],
  ['POST', '/v2/apps/shop/encrypt'],
  ['POST', '/'],
])('%s %s is no route', async (method, path) => {
  const answer = await fetch(url + path, { method });
  expect(answer.status).toBe(404);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(await answer.json()).toMatchObject({ status: 404, code: 'not-found', detail: 'no such route' });
});

test("an app's name in the path is decoded once", async () => {
  expect((await post('/v1/apps/s%68op/encrypt', '{"fields":{"a":1}}')).status).toBe(200);
  expect((await post('/v1/apps/s%2568op/encrypt', '{"fields":{"a":1}}')).status).toBe(403);
});

test('more than API Gateway takes is 413 before anything looks at it', async () => {
  const logged = vault.log.length;
  const answer = await post('/v1/apps/shop/encrypt', Buffer.alloc(10 * 1024 * 1024 + 1, ' '));
  expect([answer.status, await answer.json()]).toMatchObject([413, { code: 'too-large' }]);
  expect(vault.log.length).toBe(logged);
});

test('is gone once it is closed, even for open connections', async () => {
  const own = await testingVault(PROPS);
  const listening = await own.listen();
  expect((await fetch(listening.url)).status).toBe(404);
  await listening.close();
  await expect(fetch(listening.url)).rejects.toThrow();
});
