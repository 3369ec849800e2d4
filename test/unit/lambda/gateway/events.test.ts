// From Lambda events to calls: what an event may hold, and that no event is an error of the vault.

import { describe, expect, test } from 'vitest';
import { callFromDirect, callFromRest } from '../../../../lambda/gateway/events.ts';
import { lambdaVault } from '../../../support/lambda-vault.ts';
import { restEvent } from '../../../support/requests.ts';

const operation = 'encrypt';

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
