// Apps that share the keys of a pool: their values stay apart, end with their secrets, and cost no more calls.

import { describe, expect, test } from 'vitest';
import { openFromBundle } from '../../../../vault/domain/envelope/bundle.ts';
import { wrapContext } from '../../../../vault/domain/envelope/context.ts';
import { deriveFromRefKek } from '../../../../vault/domain/envelope/derive.ts';
import { bundleIdIn, parseRef } from '../../../../vault/domain/envelope/ref.ts';
import { bucketAt } from '../../../../vault/domain/kek-life/bucket.ts';
import { isServed, slotForEncryption, type UsableSlot } from '../../../../vault/domain/kek-life/ring.ts';
import type { AppSettings } from '../../../../vault/domain/settings.ts';
import { secondsOf } from '../../../../vault/ports/clock.ts';
import { cachedRings } from '../../../../vault/usecases/rings.ts';
import { counted } from '../../../support/counting.ts';
import { present } from '../../../support/envelope.ts';
import { type MemoryVault, memoryVault } from '../../../support/memory-vault.ts';

const POOL = { pool: 3 };
const OK = { status: 'ok', value: 'maya@example.org' };
const REDACTED = { status: 'redacted', value: '★★★★★' };

const pooledVault = () => memoryVault({ settings: { keys: POOL } });

/** Sets the app up again with other keys. */
async function useKeys(vault: MemoryVault, keys: AppSettings['keys']): Promise<void> {
  await vault.setUp({ ...vault.settings, keys });
  vault.advance(60);
}

/** A sealed value, and what is stored of it. */
async function sealed(vault: MemoryVault) {
  const { refs } = await vault.encrypt('web', { email: 'maya@example.org' });
  const ref = present(parseRef(present(refs.email)));
  const key = { app: vault.app, expiresAtS: ref.expiresAtS, id: bundleIdIn(ref.refId) };
  const [bundle] = await vault.ports.bundles.find([{ ...key, indexes: new Set([0]) }]);
  return { refs, ref, bundle: present(bundle) };
}

/** The slot of the pool that serves. */
async function poolSlot({ keyRing }: MemoryVault): Promise<UsableSlot> {
  return present((await keyRing.slotsOf(POOL)).find(isServed)) as UsableSlot;
}

describe('an app with pooled keys', () => {
  test('seals and opens with the key of its pool, and has no other', async () => {
    const vault = await pooledVault();
    const { refs, bundle } = await sealed(vault);
    expect(bundle.pool).toBe(3);
    expect((await vault.ring()).slots).toEqual([]);
    expect(await vault.keyRing.slotsOf(POOL)).toMatchObject([{ holder: POOL, state: 'ready' }]);
    expect(await vault.decrypt('desk', refs)).toMatchObject({ email: OK });
  });

  test('shares that key with the other apps of the pool', async () => {
    const vault = await pooledVault();
    const made = vault.kms.calls.CreateKey;
    await vault.addApp('bank');
    expect(vault.kms.calls.CreateKey).toBe(made);
  });

  test('has a secret that is made once, and is not that of another app', async () => {
    const vault = await pooledVault();
    const secret = present(await vault.secrets.findSecret('shop'));
    await vault.addApp('bank');
    await vault.setUp({ ...vault.settings, defaultTtlS: 600 });
    expect(secret).toHaveLength(32);
    expect(await vault.secrets.findSecret('shop')).toEqual(secret);
    expect(await vault.secrets.findSecret('bank')).not.toEqual(secret);
  });

  test('has its own subject tags, which an erasure finds', async () => {
    const vault = await pooledVault();
    const { refs } = await vault.encrypt('web', { email: 'maya@example.org' }, { subject: 'maya' });
    const { body } = await vault.call('desk', 'erase', { subject: 'maya' });
    expect(body).toEqual({ erased: 1 });
    expect(await vault.decrypt('desk', refs)).toEqual({ email: REDACTED });
  });

  test('seals and attaches blobs', async () => {
    const vault = await pooledVault();
    const { body, status } = await vault.call('web', 'seal-blob', { bytes: 10 });
    expect(status).toBe(200);
    const { ref, proof } = body as { ref: string; proof: string };
    const entry = { type: 'image.share', data: {} };
    const attached = await vault.call('web', 'incoming', { entry, blob: { ref, proof } });
    expect([attached.status, attached.text]).toEqual([200, expect.stringContaining(ref)]);
  });

  test('seals 64 fields in one bundle', async () => {
    const vault = await pooledVault();
    const fields = Object.fromEntries(Array.from({ length: 64 }, (_, number) => [`f${number}`, number]));
    const { refs } = await vault.encrypt('web', fields);
    expect(Object.keys(await vault.decrypt('desk', refs))).toHaveLength(64);
  });
});

describe('a change of keys', () => {
  test('is for what is sealed from then on, and what was sealed before opens', async () => {
    const vault = await memoryVault();
    const before = await sealed(vault);
    await useKeys(vault, POOL);
    const pooled = await sealed(vault);
    await useKeys(vault, undefined);
    const after = await sealed(vault);
    expect([before, pooled, after].map(({ bundle }) => bundle.pool)).toEqual(['own', 3, 'own']);
    for (const { refs } of [before, pooled, after])
      expect(await vault.decrypt('desk', refs)).toMatchObject({ email: OK });
  });

  test('leaves what was sealed before to erasures', async () => {
    const vault = await pooledVault();
    const { refs } = await vault.encrypt('web', { email: 'maya@example.org' }, { subject: 'maya' });
    await useKeys(vault, undefined);
    expect((await vault.call('desk', 'erase', { subject: 'maya' })).body).toEqual({ erased: 1 });
    expect(await vault.decrypt('desk', refs)).toEqual({ email: REDACTED });
  });
});

describe('a value of an app of a pool', () => {
  test('does not open for another app of the pool that has its ref and a copy of its row', async () => {
    const vault = await pooledVault();
    await vault.addApp('bank');
    const { refs, bundle } = await sealed(vault);
    await vault.ports.bundles.insert({ ...bundle, app: 'bank' });
    const asBank = vault.authorizationOf('desk', 'bank');
    const answer = await vault.send({ operation: 'decrypt', app: 'bank', authorization: asBank, body: { refs } });
    expect(answer.body).toMatchObject({ values: { email: REDACTED } });
    expect(vault.telemetry.total('TamperedRefs')).toBe(1);
  });

  test('is refused by KMS in the context of another app, and in that of own keys', async () => {
    const vault = await pooledVault();
    const { bundle } = await sealed(vault);
    const slot = await poolSlot(vault);
    const { unwrap } = vault.kms.appKek();
    const bucket = present(bucketAt(slot, bundle.expiresAtS));
    const asBank = wrapContext('bank', slot, bundle.id, bucket);
    await expect(unwrap(slot, asBank, bundle.wrapped)).rejects.toMatchObject({ code: 'app-kek-mismatch' });
    const asOwn = wrapContext('shop', { ...slot, holder: { app: 'shop' } }, bundle.id, bucket);
    await expect(unwrap(slot, asOwn, bundle.wrapped)).rejects.toMatchObject({ code: 'app-kek-refused' });
  });

  test("does not open for a holder of the ref, the row and KMS's right, without the app's secret", async () => {
    const vault = await pooledVault();
    const { ref, bundle } = await sealed(vault);
    const slot = await poolSlot(vault);
    const context = wrapContext('shop', slot, bundle.id, present(bucketAt(slot, bundle.expiresAtS)));
    const fromKms = await vault.kms.appKek().unwrap(slot, context, bundle.wrapped);
    const secrets = deriveFromRefKek(Buffer.from(ref.refKek), ref.refId, ref.index);
    const stored = present(bundle.fields.get(0));
    for (const start of [0, 12]) {
      expect(openFromBundle(bundle, stored, fromKms.subarray(start), ref, secrets)).toBeUndefined();
    }
  });

  test('opens never again once the app has ended, while those of the others do', async () => {
    const vault = await pooledVault();
    await vault.addApp('bank');
    const { refs, bundle } = await sealed(vault);
    await vault.retire('shop');
    vault.advance(60);
    expect((await vault.call('desk', 'decrypt', { refs })).status).toBe(401);
    // Set up again under the same name, it has another secret.
    await vault.setUp(vault.settings);
    const again = await memoryOf(vault, 'shop');
    expect(await again(refs)).toEqual({ email: REDACTED });
    expect(vault.kms.stateOf((await poolSlot(vault)).keyArn)).toBe('Enabled');
    expect(bundle.pool).toBe(3);
  });

  test('is redacted when its secret is gone', async () => {
    const vault = await pooledVault();
    const { refs } = await sealed(vault);
    await vault.secrets.removeSecret('shop');
    vault.advance(60);
    expect(await vault.decrypt('desk', refs)).toEqual({ email: REDACTED });
    expect((await vault.call('web', 'encrypt', { fields: { a: 1 } })).status).toBe(503);
  });
});

/** Decrypts for an app that was set up again. */
async function memoryOf(vault: MemoryVault, app: string) {
  vault.advance(60);
  const authorization = vault.issueToken(app, 'desk');
  return async (refs: object) => {
    const { body } = await vault.send({ operation: 'decrypt', app, authorization, body: { refs } });
    return (body as { values: unknown }).values;
  };
}

describe('the rings of apps with pooled keys', () => {
  async function someRings() {
    const vault = await pooledVault();
    await vault.addApp('bank');
    const ring = counted(vault.keyRing);
    const pooled = counted({ slotsOf: vault.keyRing.slotsOf, findSecret: vault.secrets.findSecret });
    return { vault, ring, pooled, rings: cachedRings(ring.port, vault.clock, pooled.port) };
  }

  test('cost no read while they are remembered, and the slots of a pool one for all of its apps', async () => {
    const { vault, ring, pooled, rings } = await someRings();
    for (const app of ['shop', 'bank', 'shop', 'bank']) await rings.get(app);
    expect([ring.calls, [...pooled.calls].sort()]).toEqual([
      ['read', 'read'],
      ['findSecret', 'findSecret', 'slotsOf'],
    ]);
    vault.advance(59);
    for (const app of ['shop', 'bank']) await rings.get(app);
    expect([ring.calls.length, pooled.calls.length]).toEqual([2, 3]);
  });

  test('are never more than a minute old, slots included', async () => {
    const { vault, pooled, rings } = await someRings();
    await rings.get('shop');
    vault.advance(30);
    await rings.get('bank');
    vault.advance(30);
    pooled.forget();
    await rings.get('bank');
    expect(pooled.calls).toEqual(['slotsOf']);
  });

  test('read no slots again to check a caller, and all of them when the answer is final', async () => {
    const { vault, ring, pooled, rings } = await someRings();
    await rings.get('shop');
    vault.advance(10);
    ring.forget();
    pooled.forget();
    await rings.recheck('shop');
    expect([ring.calls, pooled.calls]).toEqual([['read'], []]);
    await rings.reload('shop');
    expect([ring.calls, pooled.calls]).toEqual([['read', 'read'], ['slotsOf']]);
  });

  test('have no slots that could be used without secrets, which the authorizer may not read', async () => {
    const { vault } = await someRings();
    const ring = await cachedRings(vault.keyRing, vault.clock).get('shop');
    expect([ring?.settings.app, ring?.slots]).toEqual(['shop', []]);
  });

  test('read no secret for apps with their own keys', async () => {
    const vault = await memoryVault();
    const pooled = counted({ slotsOf: vault.keyRing.slotsOf, findSecret: vault.secrets.findSecret });
    await cachedRings(vault.keyRing, vault.clock, pooled.port).get('shop');
    expect(pooled.calls).toEqual([]);
  });

  test('derive a half once for as long as they are remembered', async () => {
    const { rings } = await someRings();
    const [one, again, other] = [await rings.get('shop'), await rings.get('shop'), await rings.get('bank')];
    const [half, sameHalf, anotherHalf] = [one, again, other].map((ring) => present(ring?.slots[0]?.half)());
    expect(sameHalf).toBe(half);
    expect(anotherHalf?.tagSalt).not.toEqual(half?.tagSalt);
  });

  test('derive no half of a slot before its use', async () => {
    const { vault } = await someRings();
    // No half comes of a salt that is a number.
    const slotsOf = async () => [{ ...(await poolSlot(vault)), salt: 1 as unknown as Buffer }];
    const { findSecret } = vault.secrets;
    const ring = present(await cachedRings(vault.keyRing, vault.clock, { slotsOf, findSecret }).get('shop'));
    const slot = present(slotForEncryption(ring, secondsOf(vault.clock())));
    expect(slot.half).toThrow(TypeError);
  });
});
