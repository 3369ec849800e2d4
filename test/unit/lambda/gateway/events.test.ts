// From Lambda events to calls: what an event may hold, and that no event is an error of the vault.

import { describe, expect, test } from 'vitest';
import { callFromRest } from '../../../../lambda/gateway/events.ts';
import { callFromDirect } from '../../../../vault/operations/direct-call.ts';
import type { Operation } from '../../../../wire/operations.ts';
import { lambdaVault } from '../../../support/lambda-vault.ts';
import { directEvent, restEvent } from '../../../support/requests.ts';

const operation = 'encrypt';
const body = { fields: { a: 1 } };
const UNAUTHENTICATED = { status: 401, body: { code: 'unauthenticated' } };

describe('over REST', () => {
  test('two headers are a 401, even when each of them is valid', async () => {
    const vault = await lambdaVault();
    const [one, other] = [vault.authorizationOf('web'), vault.authorizationOf('desk')];
    const event = restEvent({ operation, authorization: one, body });
    const twice = [
      { ...event, multiValueHeaders: { ...event.multiValueHeaders, Authorization: [one, other] } },
      { ...event, multiValueHeaders: { ...event.multiValueHeaders, Authorization: [one, one] } },
      { ...event, multiValueHeaders: { ...event.multiValueHeaders, authorization: [other] } },
      { ...event, multiValueHeaders: { ...event.multiValueHeaders, Authorization: [other] } },
      { ...event, headers: { ...event.headers, authorization: other } },
    ];
    for (const event of twice) expect(await vault.rest(operation, event)).toMatchObject(UNAUTHENTICATED);
  });

  test('a forged authorizer context gives no access', async () => {
    const vault = await lambdaVault();
    const forged = {
      ...restEvent({ operation, body }),
      requestContext: { authorizer: { principalId: 'shop/web', app: 'shop', integration: 'web' } },
    };
    expect(await vault.rest(operation, forged)).toMatchObject(UNAUTHENTICATED);
  });

  test('a forged authorizer context gives no more than the header does', async () => {
    const vault = await lambdaVault();
    const authorization = vault.authorizationOf('analytics');
    const forged = {
      ...restEvent({ operation: 'decrypt', authorization, body: { refs: { a: 'x' } } }),
      requestContext: { authorizer: { principalId: 'shop/web', app: 'shop', integration: 'web' } },
    };
    expect(await vault.rest('decrypt', forged)).toMatchObject({ status: 403 });
  });

  test.each<[what: string, event: unknown]>([
    ['without headers and path', { body: '{}' }],
    ['with nothing in it', {}],
    ['with headers of null', { ...restEvent({ operation }), headers: null, multiValueHeaders: null }],
  ])('an event %s is a 401', async (_, event) => {
    const vault = await lambdaVault();
    expect(await vault.rest(operation, event)).toMatchObject(UNAUTHENTICATED);
  });

  test('a path without an app is a 403', async () => {
    const vault = await lambdaVault();
    const authorization = vault.authorizationOf('web');
    const event = { ...restEvent({ operation, authorization, body }), pathParameters: null };
    expect(await vault.rest(operation, event)).toMatchObject({ status: 403 });
  });

  test('an answer carries the status, the headers and the JSON text of the operation', async () => {
    const vault = await lambdaVault();
    const { refs } = await vault.encrypt('web', { a: 1 });
    const authorization = vault.authorizationOf('desk');
    const event = restEvent({ operation: 'decrypt', authorization, body: { refs } });
    expect(await vault.rest('decrypt', event)).toEqual(await vault.call('desk', 'decrypt', { refs }));
  });
});

describe('directly', () => {
  test('what is answered is what REST answers, as data', async () => {
    const vault = await lambdaVault();
    const sealed = await vault.callDirect('web', 'encrypt', { fields: { a: { b: [1, '★'] } } });
    expect(sealed).toMatchObject({ status: 200, body: { refs: { a: expect.stringMatching(/^dk2_/) } } });
    const { refs, expiresAt } = sealed.body as { refs: object; expiresAt: string };
    expect(await vault.callDirect('desk', 'decrypt', { refs })).toEqual({
      status: 200,
      body: { values: { a: { status: 'ok', value: { b: [1, '★'] }, expiresAt } } },
    });
  });

  test('a request over 2.75 MB is a 413', async () => {
    const vault = await lambdaVault();
    const answer = await vault.callDirect('web', 'encrypt', { fields: { a: 'x'.repeat(2.75 * 1024 * 1024) } });
    expect(answer).toMatchObject({ status: 413, body: { code: 'too-large' } });
  });

  test('an operation of another function is a 400', async () => {
    const vault = await lambdaVault();
    for (const asked of ['decrypt', 'canary', '', undefined]) {
      const payload = {
        ...directEvent({ operation, authorization: vault.authorizationOf('web'), body }),
        operation: asked,
      };
      expect(await vault.direct(operation, payload)).toMatchObject({
        status: 400,
        body: { code: 'invalid-request', paths: ['operation'] },
      });
    }
  });

  test.each<[what: string, payload: unknown]>([
    ['null', null],
    ['a text', 'encrypt'],
    ['a list', []],
    ['a REST event', restEvent({ operation, body })],
  ])('a payload that is %s is a 401: it does not say who calls', async (_, payload) => {
    const vault = await lambdaVault();
    expect(await vault.direct(operation, payload)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  });
});

describe('half a surrogate pair is refused with its path, over REST and directly:', () => {
  const HALF = '\ud83d';
  const entry = { type: 'text.say', data: {} };

  test.each<[operation: Operation, body: object, path: string]>([
    ['encrypt', { fields: { a: 'ok', b: HALF } }, 'fields.b'],
    ['encrypt', { fields: { a: { x: [{ y: `\udc00${HALF}` }] } } }, 'fields.a.x.0.y'],
    ['encrypt', { fields: { [HALF]: 1 } }, 'fields'],
    ['encrypt', { fields: { a: 1 }, subject: HALF }, 'subject'],
    ['decrypt', { refs: { a: HALF } }, 'refs.a'],
    ['decrypt', { refs: { [HALF]: 'x' } }, 'refs'],
    ['erase', { subject: HALF }, 'subject'],
    ['incoming', { entry: { ...entry, data: { text: HALF } } }, 'entry.data.text'],
    ['incoming', { entry: { ...entry, type: HALF } }, 'entry.type'],
    ['incoming', { entry, thread: { mode: HALF } }, 'thread.mode'],
    ['explain', { entry: { ...entry, data: { [HALF]: 1 } } }, 'entry.data'],
    ['outgoing', { entry: [{ a: HALF }] }, 'entry.0.a'],
    ['seal-blob', { bytes: 1, subject: HALF }, 'subject'],
    ['open-blob', { ref: HALF }, 'ref'],
  ])('%s %j', async (asked, sent, path) => {
    const vault = await lambdaVault();
    const authorization = vault.authorizationOf('bot');
    const request = { operation: asked, authorization, body: sent };
    for (const { status, body: answer } of [
      await vault.rest(asked, restEvent(request)),
      await vault.direct(asked, directEvent(request)),
    ]) {
      expect({ status, answer }).toMatchObject({ status: 400, answer: { code: 'invalid-json', paths: [path] } });
    }
  });
});

describe('a body in base64', () => {
  test('is decoded', async () => {
    expect((await encoded(Buffer.from('{"fields":{"a":"★"}}'))).status).toBe(200);
  });

  // Decoding it anyway would store another value than was sent.
  test('that is not UTF-8 is refused', async () => {
    const bytes = Buffer.concat([Buffer.from('{"fields":{"a":"'), Buffer.of(0xff), Buffer.from('"}}')]);
    expect(await encoded(bytes)).toMatchObject({ status: 400, body: { code: 'invalid-json' } });
  });

  async function encoded(bytes: Buffer) {
    const vault = await lambdaVault();
    const event = restEvent({ operation, authorization: vault.authorizationOf('web') });
    return vault.rest(operation, { ...event, body: bytes.toString('base64'), isBase64Encoded: true });
  }
});

const HOSTILE: readonly unknown[] = [
  null,
  undefined,
  7,
  'encrypt',
  [],
  { resource: { toString: 1, valueOf: 1 }, operation: { toString: 1, valueOf: 1 }, app: { toString: 1 } },
  { headers: 7, multiValueHeaders: 7, pathParameters: 7, body: 7 },
  { headers: { authorization: { length: 1 } }, multiValueHeaders: { authorization: 5, 'content-type': [null] } },
  { headers: [[]], multiValueHeaders: [[[]]], authorization: ['Bearer x'] },
];

test.each(HOSTILE.map((event) => [JSON.stringify(event), event]))(
  'the event %s is a 401 by either way, and not an error of the vault',
  async (_, event) => {
    const vault = await lambdaVault();
    expect(await vault.rest(operation, event)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(await vault.direct(operation, event)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  },
);

test('a call carries the request ID of its invocation', () => {
  expect(callFromRest({}, 'request-7').requestId).toBe('request-7');
  expect(callFromDirect({}, 'request-7').requestId).toBe('request-7');
});
