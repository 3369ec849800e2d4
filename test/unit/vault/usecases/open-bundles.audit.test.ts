// Audit: an intent is written down before anything opens, and what cannot be written down does not open.

import { describe, expect, test } from 'vitest';
import { hashApiToken, tokenCredential } from '../../../../vault/domain/api-token.ts';
import { deriveFromRefKek } from '../../../../vault/domain/envelope/derive.ts';
import { bundleIdIn, parseRef } from '../../../../vault/domain/envelope/ref.ts';
import { DaykeyError } from '../../../../vault/domain/errors.ts';
import type { AuditIntent } from '../../../../vault/ports/audit-log.ts';
import { sessionOf } from '../../../support/aws-callers.ts';
import { INTEGRATIONS, type MemoryVault, type MemoryVaultOptions, memoryVault } from '../../../support/memory-vault.ts';

const CANARY = 'tulip-canary-4711';
const ROLE = '111122223333/desk-agent';
const OTHER_ROLE = '111122223333/night-agent';

describe('decrypt', () => {
  test('writes down who was about to open which fields, and when', async () => {
    const vault = await memoryVault();
    const { refs } = await vault.encrypt('web', { a: 1, b: 2 });
    vault.advance(5);
    await vault.decrypt('desk', refs);
    expect(await intents(vault)).toEqual([
      {
        app: 'shop',
        integration: 'desk',
        credential: tokenCredential(hashApiToken(vault.authorizationOf('desk').slice('Bearer '.length))),
        operation: 'decrypt',
        requestId: 'a-request',
        atMs: vault.clock(),
        refs: [placeOf(refs.a), placeOf(refs.b)],
        count: 2,
      },
    ]);
  });

  test('tells two tokens of one integration apart', async () => {
    const vault = await memoryVault();
    const { refs } = await vault.encrypt('web', { a: 1 });
    const headers = [vault.issueToken('shop', 'desk'), vault.issueToken('shop', 'desk')];
    for (const authorization of headers) await vault.send({ operation: 'decrypt', authorization, body: { refs } });
    const credentials = (await intents(vault)).map(({ credential }) => credential);
    expect(credentials).toEqual(headers.map((header) => tokenCredential(hashApiToken(header.slice('Bearer '.length)))));
    expect(new Set(credentials).size).toBe(2);
  });

  test.each([
    ['two sessions of one role', sessionOf(ROLE, 'ann'), sessionOf(ROLE, 'bob')],
    ['two roles of one integration', sessionOf(ROLE, 'ann'), sessionOf(OTHER_ROLE, 'ann')],
  ])('tells %s apart', async (_, ...arns) => {
    const desk = { kind: 'customer-support', processSensitive: false, roles: [ROLE, OTHER_ROLE] } as const;
    const vault = await memoryVault({ integrations: { ...INTEGRATIONS, desk } });
    const { refs } = await vault.encrypt('web', { a: 1 });
    for (const arn of arns) {
      await vault.send({ operation: 'decrypt', authorization: vault.signedAs(arn), body: { refs } });
    }
    expect((await intents(vault)).map(({ integration, credential }) => [integration, credential])).toEqual(
      arns.map((arn) => ['desk', arn.replace('arn:aws:sts::', 'role/').replace(':assumed-role', '')]),
    );
  });

  test('tells a token from a role of the same integration, in outgoing too', async () => {
    const desk = { kind: 'customer-support', processSensitive: false, roles: [ROLE] } as const;
    const vault = await memoryVault({ integrations: { ...INTEGRATIONS, desk } });
    const { refs } = await vault.encrypt('web', { a: 1 });
    const body = { entry: { value: { $sensitive: refs.a } } };
    for (const authorization of [vault.authorizationOf('desk'), vault.signedAs(sessionOf(ROLE, 'ann'))]) {
      expect((await vault.send({ operation: 'outgoing', authorization, body })).status).toBe(200);
    }
    expect((await intents(vault)).map(({ credential }) => credential)).toEqual([
      expect.stringMatching(/^token\/[0-9a-f]{12}$/),
      `role/${ROLE}/ann`,
    ]);
  });

  test('writes one intent a request, however many bundles and names are in it', async () => {
    const vault = await memoryVault();
    const { refs: one } = await vault.encrypt('web', { a: 1 });
    const { refs: other } = await vault.encrypt('web', { b: 2 });
    await vault.decrypt('desk', { ...one, ...other, again: one.a ?? '' });
    expect(await intents(vault)).toMatchObject([{ refs: [placeOf(one.a), placeOf(other.b)], count: 3 }]);
  });

  test('writes down of a mixed request what is about to open, and nothing of the rest', async () => {
    const vault = await memoryVault();
    const { refs } = await vault.encrypt('web', { a: 1, b: 2 });
    const { refs: expired } = await vault.encrypt('web', { c: 3 }, { ttlSeconds: 60 });
    await vault.call('bot', 'erase', { refs: { b: refs.b } });
    vault.advance(60);
    await vault.decrypt('desk', { ...refs, ...expired, d: 'no token' });
    expect(await intents(vault)).toMatchObject([{ refs: [placeOf(refs.a)], count: 1 }]);
  });

  test('writes nothing when nothing is about to open', async () => {
    const vault = await memoryVault();
    const { refs } = await vault.encrypt('web', { a: 1 }, { ttlSeconds: 60 });
    await vault.call('desk', 'decrypt', { refs: { a: 'no token' } });
    await vault.call('analytics', 'decrypt', { refs });
    vault.advance(60);
    await vault.call('desk', 'decrypt', { refs });
    await vault.keyRing.markDestroyed({ app: vault.app }, (await vault.ring()).slots[0]?.slot ?? 0);
    vault.advance(60);
    await vault.call('desk', 'decrypt', { refs });
    expect(await intents(vault)).toEqual([]);
  });

  test('says in its line how many fields came out', async () => {
    const vault = await memoryVault();
    const { refs } = await vault.encrypt('web', { a: 1, b: 2 });
    await vault.decrypt('desk', { ...refs, c: 'no token' });
    expect(vault.telemetry.requests.at(-1)).toMatchObject({ operation: 'decrypt', opened: 2, redacted: 1 });
  });
});

test('encrypt and erase write no intent', async () => {
  const vault = await memoryVault();
  const { refs } = await vault.encrypt('web', { a: 1 });
  await vault.call('web', 'erase', { refs });
  expect(await intents(vault)).toEqual([]);
});

describe('an audit log that is down', () => {
  const errors: [string, Error][] = [
    ['throttled', new DaykeyError('unavailable', 'throttled', { retryAfterSeconds: 1 })],
    ['gone', new Error(CANARY)],
  ];
  test.each(errors)('(%s) makes decrypt 503, and no plaintext leaves', async (_, error) => {
    const vault = await memoryVault(recording(() => Promise.reject(error)));
    const { refs } = await vault.encrypt('web', { a: CANARY });
    const answer = await vault.call('desk', 'decrypt', { refs });
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(answer.text).not.toContain(CANARY);
    expect(vault.telemetry.total('FieldsOpened')).toBe(0);
    expect(vault.telemetry.requests.at(-1)).not.toHaveProperty('opened');
  });

  test('leaves encrypt, erase and what opens nothing as they are', async () => {
    const vault = await memoryVault(recording(() => Promise.reject(new Error('down'))));
    const { refs } = await vault.encrypt('web', { a: 1, b: 2 });
    expect(await vault.call('bot', 'erase', { refs: { a: refs.a } })).toMatchObject({ body: { erased: 1 } });
    expect(await vault.decrypt('desk', { a: refs.a ?? '', c: 'no token' })).toMatchObject({
      a: { status: 'redacted' },
      c: { status: 'redacted' },
    });
  });

  test('leaves no inner wraps in memory', async () => {
    const unwrapped: Buffer[] = [];
    const vault = await memoryVault({
      before: {
        ...recording(() => Promise.reject(new Error('down'))).before,
        appKek: (real) => ({
          ...real,
          unwrap: async (...args) => {
            const innerWraps = await real.unwrap(...args);
            unwrapped.push(innerWraps);
            return innerWraps;
          },
        }),
      },
    });
    const { refs } = await vault.encrypt('web', { a: 1 });
    const { refs: other } = await vault.encrypt('web', { b: 1 });
    await vault.call('desk', 'decrypt', { refs: { ...refs, ...other } });
    expect(unwrapped.length).toBe(2);
    for (const bytes of unwrapped) expect(bytes.equals(Buffer.alloc(bytes.length))).toBe(true);
  });
});

describe('an audit log that is slow', () => {
  test('is asked while KMS is, and waited for before anything opens', async () => {
    const events: string[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const vault = await memoryVault({
      before: {
        audit: (real) => ({
          record: async (intent) => {
            events.push('audit asked');
            await held;
            await real.record(intent);
            events.push('audit done');
          },
        }),
        appKek: (real) => ({
          ...real,
          unwrap: async (...args) => {
            events.push('kms asked');
            const innerWraps = await real.unwrap(...args);
            events.push('kms done');
            return innerWraps;
          },
        }),
      },
    });
    const { refs } = await vault.encrypt('web', { a: 1 });
    events.length = 0;
    const answer = vault.decrypt('desk', refs).then(() => events.push('answered'));
    while (!events.includes('kms done')) await new Promise((resolve) => setImmediate(resolve));
    expect(vault.telemetry.total('FieldsOpened')).toBe(0);
    release();
    await answer;
    expect(events.slice(0, 2).toSorted()).toEqual(['audit asked', 'kms asked']);
    expect(events.slice(2)).toEqual(['kms done', 'audit done', 'answered']);
  });

  test('until after the expiry leaves the fields redacted', async () => {
    const slow = recording(async () => void vault.advance(10));
    const vault: MemoryVault = await memoryVault(slow);
    const { refs } = await vault.encrypt('web', { a: 1 }, { ttlSeconds: 60 });
    vault.advance(51);
    expect(await vault.decrypt('desk', refs)).toEqual({ a: { status: 'redacted', value: '★★★★★' } });
  });

  test('is waited for even when KMS refuses', async () => {
    let isDone = false;
    const vault = await memoryVault({
      before: {
        ...recording(async () => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          isDone = true;
        }).before,
        appKek: (real) => ({ ...real, unwrap: () => Promise.reject(new DaykeyError('unavailable', 'throttled')) }),
      },
    });
    const { refs } = await vault.encrypt('web', { a: 1 });
    expect(await vault.call('desk', 'decrypt', { refs })).toMatchObject({ status: 503 });
    expect(isDone).toBe(true);
  });
});

test('an intent holds no value, field name, subject, tag, ref or key', async () => {
  const vault = await memoryVault();
  const { refs } = await vault.encrypt('web', { [CANARY]: CANARY }, { subject: CANARY });
  await vault.decrypt('desk', refs);
  const [token = ''] = Object.values(refs);
  const parsed = parseRef(token);
  if (!parsed) throw new Error('no token');
  const written = JSON.stringify(await intents(vault));
  const { wrapKey } = deriveFromRefKek(parsed.refKek, parsed.refId, parsed.index);
  for (const secret of [CANARY, token.slice(4), ...spelled(parsed.refKek), ...spelled(wrapKey)]) {
    expect(written).not.toContain(secret);
  }
});

function spelled(bytes: Buffer): string[] {
  return [bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
}

function recording(record: (intent: AuditIntent) => Promise<void>) {
  return { before: { audit: () => ({ record }) } } satisfies MemoryVaultOptions;
}

function placeOf(token: string | undefined): string {
  const ref = parseRef(token ?? '');
  return ref ? `${bundleIdIn(ref.refId)}:${ref.index}` : '';
}

async function intents(vault: MemoryVault): Promise<AuditIntent[]> {
  const found: AuditIntent[] = [];
  for await (const intent of vault.auditTrail.intents(vault.app, 0, vault.clock() + 1)) found.push(intent);
  return found;
}
