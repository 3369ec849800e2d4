// The one line a request leaves behind: closed in its keys, and no value, name, subject or token in it.

import { describe, expect, test } from 'vitest';
import { DaykeyError } from '../../../../vault/domain/errors.ts';
import type { Operation } from '../../../../wire/operations.ts';
import type { MemoryVault } from '../../../support/memory-vault.ts';
import { memoryVault } from '../../../support/memory-vault.ts';

const VALUE = 'canary-value-tulip';
const NAME = 'canary-name-orchid';
const SUBJECT = 'canary-subject-lily';
const CANARIES = [VALUE, NAME, SUBJECT];
const ALLOWED = [
  'operation',
  'status',
  'requestId',
  'durationMs',
  'app',
  'integration',
  'credential',
  'opened',
  'redacted',
  'code',
  'cause',
];

test('a line has these keys and no other, whatever happens', async () => {
  const vault = await memoryVault();
  await everyKindOfCall(vault);
  expect(vault.telemetry.requests.length).toBeGreaterThan(10);
  for (const line of vault.telemetry.requests) {
    expect(Object.keys(line).filter((key) => !ALLOWED.includes(key))).toEqual([]);
  }
});

test('a line counts what was opened and what was redacted, blobs too', async () => {
  const vault = await memoryVault();
  const { refs } = await vault.encrypt('web', { a: 1, b: 2 });
  const { ref } = (await vault.call('web', 'seal-blob', { bytes: 5 })).body as { ref: string };
  const counts = async (operation: Operation, body: object) => {
    await vault.call('desk', operation, body);
    const { opened, redacted } = vault.telemetry.requests.at(-1) ?? {};
    return [opened, redacted];
  };
  expect(await counts('decrypt', { refs: { ...refs, ref, none: 'no ref' } })).toEqual([3, 1]);
  const entry = [refs.a, refs.b, ref, 'no ref'].map(($sensitive) => ({ $sensitive }));
  expect(await counts('outgoing', { entry })).toEqual([3, 1]);
  expect(await counts('open-blob', { ref })).toEqual([1, 0]);
  expect(await counts('open-blob', { ref: 'no ref' })).toEqual([0, 1]);
});

test('neither lines nor notes hold a value, a field name, a subject, a token or a credential', async () => {
  const vault = await memoryVault();
  const tokens = await everyKindOfCall(vault);
  const said = JSON.stringify([vault.telemetry.requests, vault.telemetry.notes]);
  for (const secret of [...CANARIES, ...tokens, 'dk2_', 'dkt_', 'Bearer']) expect(said).not.toContain(secret);
});

test('a success says who did what, and how long it took', async () => {
  const vault = await memoryVault({
    before: {
      bundles: (real) => ({
        ...real,
        insert: async (bundle) => {
          vault.advance(2);
          await real.insert(bundle);
        },
      }),
    },
  });
  await vault.call('web', 'encrypt', { fields: { a: 1 } });
  expect(vault.telemetry.requests).toEqual([
    {
      operation: 'encrypt',
      status: 200,
      requestId: 'a-request',
      durationMs: 2000,
      app: 'shop',
      integration: 'web',
      credential: expect.stringMatching(/^token\/[0-9a-f]{12}$/),
    },
  ]);
});

test('a refusal says its code, and whose call it was once that is known', async () => {
  const vault = await memoryVault();
  await vault.call('web', 'encrypt', { fields: {} });
  await vault.send({ operation: 'encrypt' });
  const line = { operation: 'encrypt', requestId: 'a-request', durationMs: 0 };
  expect(vault.telemetry.requests).toEqual([
    { ...line, status: 400, code: 'invalid-request', app: 'shop', integration: 'web', credential: expect.any(String) },
    { ...line, status: 401, code: 'unauthenticated' },
  ]);
});

describe('a 503', () => {
  test('names the errors behind it and where they came from, never what they say', async () => {
    class ThrottlingException extends Error {
      override readonly name = 'ThrottlingException';
    }
    const cause = new ThrottlingException(`too many of ${VALUE}`);
    const wrapped = new Error(`failed with ${VALUE}`, { cause });
    const vault = await memoryVault({
      before: { bundles: (real) => ({ ...real, insert: () => Promise.reject(wrapped) }) },
    });
    await vault.call('web', 'encrypt', { fields: { a: 1 } });
    const [line] = vault.telemetry.requests;
    expect(line).toMatchObject({ status: 503, app: 'shop', integration: 'web' });
    expect(line?.cause).toEqual([
      expect.stringMatching(/^Error at .*log-line\.test\.ts/),
      expect.stringMatching(/^ThrottlingException at .*log-line\.test\.ts/),
    ]);
    expect(JSON.stringify(line)).not.toContain(VALUE);
  });

  // The first line of a stack is the message, and a message may have as many lines as it likes.
  test('keeps a message of several lines out as well', async () => {
    const error = new Error(`one\n${VALUE}\n    at ${VALUE} (the end of the message)`);
    const vault = await memoryVault({ before: { keyRing: () => ({ read: () => Promise.reject(error) }) } });
    await vault.call('web', 'encrypt', { fields: { a: 1 } });
    expect(JSON.stringify(vault.telemetry.requests)).not.toContain(VALUE);
  });

  test('of what is no Error says so', async () => {
    const vault = await memoryVault({ before: { keyRing: () => ({ read: () => Promise.reject(VALUE) }) } });
    await vault.call('web', 'encrypt', { fields: { a: 1 } });
    expect(vault.telemetry.requests).toMatchObject([{ status: 503, cause: ['not an Error'] }]);
  });
});

/** Calls that succeed and calls that fail, each with canaries in it; the tokens that came back. */
async function everyKindOfCall(vault: MemoryVault): Promise<string[]> {
  const { refs } = await vault.encrypt('web', { [NAME]: VALUE }, { subject: SUBJECT });
  await vault.decrypt('desk', refs);
  const wrong: unknown[] = [
    `{"${VALUE}`,
    { fields: { [NAME]: VALUE }, [NAME]: VALUE },
    { fields: { [NAME]: { $sensitive: VALUE } } },
    { fields: { [NAME]: VALUE }, ttlSeconds: 59, subject: SUBJECT },
    { fields: { [NAME]: VALUE.repeat(20_000) } },
    { refs: { [NAME]: VALUE } },
    { refs },
  ];
  for (const body of wrong) {
    await vault.call('web', 'encrypt', body);
    await vault.call('web', 'decrypt', body);
    await vault.call('analytics', 'decrypt', body);
  }
  await vault.send({ operation: 'encrypt', authorization: VALUE, body: VALUE, app: VALUE });
  const authorization = vault.authorizationOf('web');
  await vault.send({ app: VALUE, operation: 'encrypt', authorization, body: VALUE });
  await vault.send({ operation: VALUE, authorization });
  await vault.send({ operation: VALUE });
  await vault.call('web', 'erase', { subject: SUBJECT });
  return Object.values(refs);
}

test('a dependency that is asked too often is counted apart from one that is broken', async () => {
  const throttling = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
  const error = new DaykeyError('unavailable', 'cannot wrap now', { cause: throttling });
  const throttled = await memoryVault({
    before: { appKek: (real) => ({ ...real, wrap: () => Promise.reject(error) }) },
  });
  await throttled.call('web', 'encrypt', { fields: { a: 1 } });
  expect([throttled.telemetry.total('Throttled'), throttled.telemetry.total('Unavailable')]).toEqual([1, 1]);
  const broken = await memoryVault({
    before: { appKek: (real) => ({ ...real, wrap: () => Promise.reject(new Error('broken')) }) },
  });
  await broken.call('web', 'encrypt', { fields: { a: 1 } });
  expect([broken.telemetry.total('Throttled'), broken.telemetry.total('Unavailable')]).toEqual([0, 1]);
});
