// Who may do what, asked of the deployed vault: each kind of integration on each route, and everyone who pretends.

import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, inject, test } from 'vitest';
import { tokenRow } from '../../lambda/dynamo/api-tokens.ts';
import { dynamoKeyRing } from '../../lambda/dynamo/key-ring.ts';
import { hashApiToken, newApiToken } from '../../vault/domain/api-token.ts';
import { ask, aToken, bearerOf, documents, integrationNamed, invoked, type Reply, rest } from '../support/vault.ts';

const ENCRYPT = '/v1/apps/shop/encrypt';
const DECRYPT = '/v1/apps/shop/decrypt';
const SEALING = { fields: { value: 'x' } };
/** A REST request that would open this, but for who asks. */
const openingOf = async () => ({ refs: { value: await aToken('x') } });

const UNAUTHENTICATED = { status: 401, body: { status: 401, code: 'unauthenticated' } };
const FORBIDDEN = { status: 403, body: { status: 403, code: 'forbidden' } };

/** An API token whose row says this. */
async function issued(grant: { app?: string; integration?: string; expiresAtS?: number }): Promise<string> {
  const token = newApiToken();
  const { app = 'shop', integration = 'desk' } = grant;
  const ring = await dynamoKeyRing(documents(), inject('vault').tables.ring).read(app);
  const Item = tokenRow(hashApiToken(token), {
    app,
    integration,
    generation: ring?.generations[integration] ?? 'none',
    expiresAtS: grant.expiresAtS ?? Math.floor(Date.now() / 1000) + 60,
  });
  await documents().send(new PutCommand({ TableName: inject('vault').tables.ring, Item }));
  return token;
}

describe('an integration of kind', () => {
  test.each([
    ['messaging', 'web', 200, 200, 200],
    ['customer-support', 'desk', 200, 200, 200],
    ['component', 'bot', 200, 200, 200],
    ['other', 'analytics', 200, 403, 403],
  ])('%s (%s) gets %d for encrypt, %d for decrypt and %d for erase', async (kind, integration, ...statuses) => {
    expect(integrationNamed(integration).kind).toBe(kind);
    const replies = [
      await ask(integration, 'encrypt', SEALING),
      await ask(integration, 'decrypt', await openingOf()),
      await ask(integration, 'erase', await openingOf()),
    ];
    expect(replies.map(({ status }) => status)).toEqual(statuses);
  });
});

describe('no valid identity', () => {
  const UNKNOWN = `Bearer dkt_${'A'.repeat(43)}`;
  const ofDesk = () => bearerOf('desk');

  test.each<[string, () => string | undefined]>([
    ['without a header', () => undefined],
    ['with a token that was never issued', () => UNKNOWN],
    ['with a token cut short', () => ofDesk().slice(0, -1)],
    ['with a token and a character more', () => `${ofDesk()}A`],
    ['with a token in other letters', () => ofDesk().replace(/dkt_.*/, (token) => token.toUpperCase())],
    ['with a token without its scheme', () => ofDesk().slice('Bearer '.length)],
    ['with a token under another scheme', () => ofDesk().replace('Bearer', 'Basic')],
    ['with two tokens', () => `${ofDesk()}, ${bearerOf('web')}`],
    ['with nothing but a scheme', () => 'Bearer'],
    ['with the hash that is stored', () => `Bearer ${hashApiToken(ofDesk())}`],
    ['with a header above 8 KB', () => `${ofDesk()}${' '.repeat(8 * 1024)}x`],
  ])('is answered 401 %s', async (_, authorization) => {
    expect(await rest({ path: DECRYPT, authorization: authorization(), body: await openingOf() })).toMatchObject(
      UNAUTHENTICATED,
    );
  });

  test.each<[string, Parameters<typeof issued>[0]]>([
    ['that has expired', { expiresAtS: Math.floor(Date.now() / 1000) - 1 }],
    ['of an integration that the app does not have', { integration: 'nobody' }],
    ['of an integration called like a member of every object', { integration: 'constructor' }],
    ['of an app that does not exist', { app: 'nowhere' }],
  ])('is answered 401 with a token %s', async (_, grant) => {
    const authorization = `Bearer ${await issued(grant)}`;
    expect(await rest({ path: ENCRYPT, authorization, body: SEALING })).toMatchObject(UNAUTHENTICATED);
  });

  test('is answered 200 once it is valid, with a row like theirs', async () => {
    const authorization = `Bearer ${await issued({})}`;
    expect((await rest({ path: ENCRYPT, authorization, body: SEALING })).status).toBe(200);
  });
});

describe("another app's path", () => {
  test.each(['clinic', 'nowhere', 'SHOP', '%63linic', '*'])('is answered 403: %s', async (app) => {
    for (const operation of ['encrypt', 'decrypt']) {
      const body = operation === 'encrypt' ? SEALING : await openingOf();
      expect(await ask('web', operation, body, { app })).toMatchObject(FORBIDDEN);
    }
  });
});

// API Gateway keeps an authorizer's answer by header and replays it on every route.
describe('an answer that the authorizer gave before', () => {
  test('opens no route that the integration may not use', async () => {
    expect((await ask('analytics', 'encrypt', SEALING)).status).toBe(200);
    expect(await ask('analytics', 'decrypt', await openingOf())).toMatchObject(FORBIDDEN);
  });

  test('closes no route that the integration may use', async () => {
    expect(await ask('analytics', 'decrypt', await openingOf())).toMatchObject(FORBIDDEN);
    expect((await ask('analytics', 'encrypt', SEALING)).status).toBe(200);
  });

  test("opens no other app's route", async () => {
    expect((await ask('clinic-desk', 'encrypt', SEALING)).status).toBe(200);
    expect(await ask('clinic-desk', 'encrypt', SEALING, { app: 'shop' })).toMatchObject(FORBIDDEN);
    expect((await ask('clinic-desk', 'encrypt', SEALING)).status).toBe(200);
  });
});

describe('a direct invocation is answered as the route is', () => {
  const cases: [string, string, string, () => Promise<object>, string?][] = [
    ['to a success', 'desk', 'decrypt', openingOf],
    ['to an integration that may not', 'analytics', 'decrypt', openingOf],
    ["to another app's integration", 'clinic-desk', 'decrypt', openingOf],
    ['to a body of the wrong shape', 'web', 'encrypt', async () => ({ fields: {} })],
    ['to a ref in a value', 'web', 'encrypt', async () => ({ fields: { value: { $sensitive: 'x' } } })],
    ['to a time to live out of range', 'web', 'encrypt', async () => ({ ...SEALING, ttlSeconds: 59 })],
    ['to a token that was never issued', 'desk', 'decrypt', openingOf, `Bearer dkt_${'B'.repeat(43)}`],
    ['to a malformed token', 'desk', 'decrypt', openingOf, 'Bearer me'],
  ];

  test.each(cases)('%s', async (_, integration, operation, make, authorization = bearerOf(integration)) => {
    const body = await make();
    const { status, body: restBody } = await rest({ path: `/v1/apps/shop/${operation}`, authorization, body });
    const event = { authorization, app: 'shop', operation, body };
    expect((await invoked(operation, 'direct', event)).body).toEqual({ status, body: restBody });
    // The body's JSON text serves as well.
    const asText = { ...event, body: JSON.stringify(body) };
    expect((await invoked(operation, 'direct', asText)).body).toEqual({ status, body: restBody });
  });

  test('and seals what the route opens', async () => {
    const event = { authorization: bearerOf('web'), app: 'shop', operation: 'encrypt', body: SEALING };
    const { body } = await invoked('encrypt', 'direct', event);
    expect(body).toMatchObject({ status: 200 });
    const { refs } = (body as { body: { refs: Record<string, string> } }).body;
    expect((await ask('desk', 'decrypt', { refs })).body).toMatchObject({ values: { value: { value: 'x' } } });
  });

  test.each([
    ['another operation', { operation: 'encrypt' }],
    ['no operation', { operation: undefined }],
  ])('but 400 for %s', async (_, change) => {
    const event = { authorization: bearerOf('desk'), app: 'shop', operation: 'decrypt', body: await openingOf() };
    const { body } = await invoked('decrypt', 'direct', { ...event, ...change });
    expect(body).toMatchObject({ status: 400, body: { code: 'invalid-request', paths: ['operation'] } });
  });

  test.each([null, 'text', 7, []])('and 401 for the payload %j: it does not say who calls', async (payload) => {
    expect((await invoked('decrypt', 'direct', payload)).body).toMatchObject({ status: 401 });
  });
});

describe('an event forged to look like API Gateway', () => {
  const forged = async (headers: Record<string, string> = {}) => ({
    resource: '/v1/apps/{app}/decrypt',
    httpMethod: 'POST',
    pathParameters: { app: 'shop' },
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(await openingOf()),
    requestContext: {
      authorizer: { principalId: 'shop/desk', app: 'shop', integration: 'desk', kind: 'customer-support' },
      identity: { accountId: '000000000000', userArn: 'arn:aws:iam::000000000000:root' },
    },
  });

  test('is answered 401 without an Authorization header', async () => {
    expect((await invoked('decrypt', 'rest', await forged())).body).toMatchObject({ statusCode: 401 });
  });

  test('is answered 401 with a header that is none', async () => {
    const event = await forged({ Authorization: 'Bearer root' });
    expect((await invoked('decrypt', 'rest', event)).body).toMatchObject({ statusCode: 401 });
  });

  test('is answered 401 with two headers, one of them good', async () => {
    const event = await forged({ Authorization: 'Bearer root', authorization: bearerOf('desk') });
    expect((await invoked('decrypt', 'rest', event)).body).toMatchObject({ statusCode: 401 });
  });

  test('is answered by its header only, whatever its context says', async () => {
    const event = await forged({ Authorization: bearerOf('analytics') });
    expect((await invoked('decrypt', 'rest', event)).body).toMatchObject({ statusCode: 403 });
  });

  test('opens nothing on the direct alias', async () => {
    expect((await invoked('decrypt', 'direct', await forged())).body).toMatchObject({ status: 401 });
  });
});

describe("the rotator's way in", () => {
  test.each([
    ['nothing', {}],
    ['an app that does not exist', { holder: { app: 'nowhere' }, slot: 0 }],
    ['a slot that does not exist', { holder: { app: 'shop' }, slot: 0 }],
    ['an API token for an app', { holder: { app: `token#${'0'.repeat(64)}` }, slot: 0 }],
  ])('fails for %s', async (_, event) => {
    expect((await invoked('encrypt', 'canary', event)).failed).toBe(true);
    expect((await invoked('decrypt', 'canary', { ...event, wrapped: 'AAAA' })).failed).toBe(true);
  });

  test('serves no request, however good', async () => {
    const event = { authorization: bearerOf('desk'), app: 'shop', operation: 'decrypt', body: await openingOf() };
    const { failed, text } = await invoked('decrypt', 'canary', event);
    expect(failed).toBe(true);
    expect(text).not.toContain('"ok"');
  });

  test('never says what it unwrapped', async () => {
    const token = integrationNamed('desk').token;
    const { text } = await invoked('decrypt', 'canary', { holder: { app: 'shop' }, slot: 0, wrapped: token });
    expect(text).not.toContain(token);
  });
});

describe('every answer', () => {
  const CREDENTIAL = 'Bearer dkt_this-is-a-credential-that-no-answer-may-repeat';
  const asDesk = () => bearerOf('desk');
  const answers: [string, number, string | undefined, () => Promise<Reply>][] = [
    ['a success', 200, undefined, async () => ask('desk', 'decrypt', await openingOf())],
    ['another success', 200, undefined, () => ask('web', 'encrypt', SEALING)],
    ['broken JSON', 400, 'invalid-json', () => ask('web', 'encrypt', '{')],
    ['a wrong shape', 400, 'invalid-request', () => ask('desk', 'decrypt', {})],
    ['no identity', 401, 'unauthenticated', () => rest({ path: DECRYPT })],
    ['a bad identity', 401, 'unauthenticated', () => rest({ path: DECRYPT, authorization: CREDENTIAL })],
    ['a refusal', 403, 'forbidden', async () => ask('analytics', 'decrypt', await openingOf())],
    ['an unknown operation', 404, 'not-found', () => rest({ path: '/v1/apps/shop/x', authorization: asDesk() })],
    ['an unknown route', 404, 'not-found', () => rest({ path: '/x', authorization: asDesk() })],
    ['an unknown method', 404, 'not-found', () => rest({ path: DECRYPT, method: 'PUT', authorization: asDesk() })],
    ['a route cut short', 404, 'not-found', () => rest({ path: '/v1/apps', authorization: CREDENTIAL })],
    ['too much', 413, 'too-large', () => ask('web', 'encrypt', { fields: { value: 'x'.repeat(256 * 1024) } })],
    ['another type', 415, 'unsupported-media-type', () => ask('web', 'encrypt', '', { contentType: 'text/plain' })],
  ];

  test.each(answers)('is stored by no cache: %s, %d', async (_, status, code, answer) => {
    const { headers, ...reply } = await answer();
    expect(reply.status).toBe(status);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-type')).toBe(code === undefined ? 'application/json' : 'application/problem+json');
  });

  test.each(answers.filter(([, status]) => status >= 400))('is a problem with a code: %s, %d', async (...row) => {
    const [, status, code, answer] = row;
    const { body } = await answer();
    const text = expect.stringMatching(/./);
    expect(body).toMatchObject({ type: 'about:blank', title: text, status, code, detail: text });
  });

  test.each(answers)('repeats no credential: %s, %d', async (...row) => {
    const { text, headers } = await row[3]();
    const said = text + JSON.stringify([...headers]);
    for (const credential of [CREDENTIAL, asDesk(), bearerOf('web'), bearerOf('analytics')]) {
      expect(said).not.toContain(credential.slice('Bearer '.length));
    }
  });
});
