// The KMS in memory keeps the contracts of its ports, and refuses what AWS refuses.

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type WrapContext, wrapContext } from '../../../../vault/domain/envelope/context.ts';
import type { UsableSlot } from '../../../../vault/domain/kek-life/ring.ts';
import { refusedFromS } from '../../../../vault/domain/kek-life/slot.ts';
import { type MemoryKms, type MemoryKmsOptions, memoryKms } from '../../../../vault/memory/kms.ts';
import { appKekContract, slotWithKey } from '../../../support/contracts/app-kek-contract.ts';
import { NOW_S } from '../../../support/contracts/bundles.ts';
import { keyMakerContract } from '../../../support/contracts/key-maker-contract.ts';

const keysInMemory = async () => {
  const kms = memoryKms({ clock: () => NOW_S * 1000 });
  const [rotate, retire] = [kms.keyMaker('rotate'), kms.keyMaker('retire')];
  return {
    appKek: kms.appKek(),
    keyMaker: { ...retire, create: rotate.create },
    nowS: () => NOW_S,
    disable: (arn: string) => kms.operate('DisableKey', arn),
  };
};

appKekContract('memory', { authenticates: true }, keysInMemory);
keyMakerContract('memory', { findsByTags: true }, keysInMemory);

const REFUSED = { code: 'app-kek-refused' };
const DAY_S = 24 * 3600;

describe('the KMS in memory', () => {
  test('refuses Encrypt from T1 on, and Decrypt from the end of the last bucket or T2 on', async () => {
    const { kms, slot, wrap, unwrap, at } = await aKms();
    const wrapped = await wrap();
    at(slot.encryptUntilS - 1);
    await wrap();
    at(slot.encryptUntilS);
    await expect(wrap()).rejects.toMatchObject(REFUSED);
    const endS = refusedFromS(slot, slot.bucketCount - 1);
    at(endS - 1);
    await unwrap(wrapped);
    for (const atS of [endS, slot.decryptUntilS]) {
      at(atS);
      await expect(unwrap(wrapped)).rejects.toMatchObject({ ...REFUSED, refusedAtS: atS });
    }
    expect(kms.stateOf(slot.keyArn)).toBe('Enabled');
  });

  test('refuses Decrypt of a bucket from a minute after its end on, and of no other bucket', async () => {
    const { kms, slot, at } = await aKms();
    const buckets = [0, 1, slot.bucketCount - 1].map((bucket) => ({ bucket, context: contextOf(slot, bucket) }));
    const wraps = buckets.map(async ({ bucket, context }) => {
      return { bucket, context, wrapped: await kms.appKek().wrap(slot, context, Buffer.alloc(60)) };
    });
    const wrapped = await Promise.all(wraps);
    for (const { bucket, context, wrapped: blob } of wrapped) {
      const endS = refusedFromS(slot, bucket);
      at(endS - 1);
      await kms.appKek().unwrap(slot, context, blob);
      at(endS);
      const refusal = { ...REFUSED, refusedAtS: endS };
      await expect(kms.appKek().unwrap(slot, context, blob)).rejects.toMatchObject(refusal);
    }
  });

  test.each<[string, Record<string, string | undefined>]>([
    ['another app', { app: 'bank' }],
    ['another slot', { slot: '1' }],
    ['another version', { v: '1' }],
    ['a bucket that the slot does not have', { x: '96' }],
    ['a bucket that is no number', { x: 'last' }],
    ['no bucket', { x: undefined }],
    ['no bundle', { b: undefined }],
    ['no app', { app: undefined }],
    ['a further key', { thread: 't' }],
    ['a further key that differs in case', { X: '0' }],
  ])('refuses %s in the encryption context, both ways', async (_, change) => {
    const { kms, slot } = await aKms();
    const context = contextOf(slot);
    const wrapped = await kms.appKek().wrap(slot, context, Buffer.alloc(60));
    const entries = Object.entries({ ...context, ...change }).filter(([, value]) => value !== undefined);
    const changed = Object.fromEntries(entries) as WrapContext;
    await expect(kms.appKek().wrap(slot, changed, Buffer.alloc(60))).rejects.toMatchObject(REFUSED);
    await expect(kms.appKek().unwrap(slot, changed, wrapped)).rejects.toMatchObject(REFUSED);
    await kms.appKek().unwrap(slot, context, wrapped);
  });

  test('lets the rotator destroy from T2 on only, and retirement at any time', async () => {
    const { kms, slot, at } = await aKms();
    at(slot.decryptUntilS - 1);
    await expect(kms.keyMaker('rotate').destroy(slot.keyArn)).rejects.toMatchObject(REFUSED);
    expect(kms.stateOf(slot.keyArn)).toBe('Enabled');
    at(slot.decryptUntilS);
    await kms.keyMaker('rotate').destroy(slot.keyArn);
    expect(kms.stateOf(slot.keyArn)).toBe('PendingDeletion');

    const other = await aKms();
    await other.kms.keyMaker('retire').destroy(other.slot.keyArn);
    expect(other.kms.stateOf(other.slot.keyArn)).toBe('PendingDeletion');
  });

  test('gives each role only its own operation', async () => {
    const { kms, slot } = await aKms();
    const context = contextOf(slot);
    const wrapped = await kms.appKek('encrypt').wrap(slot, context, Buffer.alloc(60));
    await expect(kms.appKek('encrypt').unwrap(slot, context, wrapped)).rejects.toMatchObject(REFUSED);
    await expect(kms.appKek('decrypt').wrap(slot, context, Buffer.alloc(60))).rejects.toMatchObject(REFUSED);
    for (const role of ['rotate', 'retire', 'operator'] as const) {
      await expect(kms.appKek(role).wrap(slot, context, Buffer.alloc(60))).rejects.toMatchObject(REFUSED);
      await expect(kms.appKek(role).unwrap(slot, context, wrapped)).rejects.toMatchObject(REFUSED);
    }
    await expect(kms.keyMaker('retire').create({ app: 'shop' }, slot)).rejects.toMatchObject(REFUSED);
  });

  test('keeps a new key unknown to every call until it is visible', async () => {
    const { kms, slot, wrap, at } = await aKms({ visibleAfterMs: 5000 });
    await expect(wrap()).rejects.toMatchObject(REFUSED);
    expect(await kms.keyMaker('rotate').isHealthy(slot.keyArn)).toBe(false);
    expect(await allOf(kms.keyMaker('rotate').list(new Set()))).toEqual([]);
    at(NOW_S + 5);
    await wrap();
    expect(await allOf(kms.keyMaker('rotate').list(new Set()))).toHaveLength(1);
  });

  test('refuses a disabled key both ways until it is enabled again', async () => {
    const { kms, slot, wrap, unwrap } = await aKms();
    const wrapped = await wrap();
    await kms.operate('DisableKey', slot.keyArn);
    await expect(wrap()).rejects.toMatchObject(REFUSED);
    await expect(unwrap(wrapped)).rejects.toMatchObject(REFUSED);
    expect(await kms.keyMaker('rotate').isHealthy(slot.keyArn)).toBe(false);
    await kms.operate('EnableKey', slot.keyArn);
    await unwrap(wrapped);
  });

  test('refuses a second ScheduleKeyDeletion, and Disable and Enable of a pending key', async () => {
    const { kms, slot } = await aKms();
    await kms.operate('ScheduleKeyDeletion', slot.keyArn);
    for (const operation of ['ScheduleKeyDeletion', 'DisableKey', 'EnableKey'] as const) {
      await expect(kms.operate(operation, slot.keyArn)).rejects.toMatchObject(REFUSED);
    }
  });

  test('leaves a key disabled whose deletion was cancelled', async () => {
    const { kms, slot } = await aKms();
    await kms.operate('ScheduleKeyDeletion', slot.keyArn);
    await kms.operate('CancelKeyDeletion', slot.keyArn);
    expect(kms.stateOf(slot.keyArn)).toBe('Disabled');
  });

  test('lets an operator disable an unlocked key, by changing its policy, and not a locked one', async () => {
    const [unlocked, locked] = [await aKms(), await aKms({ lock: true })];
    await unlocked.kms.operate('DisableKey', unlocked.slot.keyArn);
    expect(unlocked.kms.calls.PutKeyPolicy).toBe(1);
    await expect(locked.kms.operate('DisableKey', locked.slot.keyArn)).rejects.toMatchObject(REFUSED);
    expect(locked.kms.stateOf(locked.slot.keyArn)).toBe('Enabled');
  });

  test('refuses to bring a locked key back from T2 on', async () => {
    const { kms, slot, at } = await aKms({ lock: true });
    await kms.operate('ScheduleKeyDeletion', slot.keyArn);
    at(slot.decryptUntilS);
    await expect(kms.operate('CancelKeyDeletion', slot.keyArn)).rejects.toMatchObject(REFUSED);
  });

  test('forgets a key seven days after its deletion was scheduled', async () => {
    const { kms, slot, at } = await aKms();
    await kms.operate('ScheduleKeyDeletion', slot.keyArn);
    at(NOW_S + 7 * DAY_S - 1);
    expect(kms.stateOf(slot.keyArn)).toBe('PendingDeletion');
    at(NOW_S + 7 * DAY_S);
    expect(kms.stateOf(slot.keyArn)).toBeUndefined();
    await kms.keyMaker('retire').destroy(slot.keyArn);
  });

  test('counts calls, refused ones included', async () => {
    const { kms, slot, wrap, unwrap, at } = await aKms();
    await unwrap(await wrap());
    at(slot.encryptUntilS);
    await expect(wrap()).rejects.toThrow();
    expect(kms.calls).toMatchObject({ CreateKey: 1, Encrypt: 2, Decrypt: 1, ScheduleKeyDeletion: 0 });
  });
});

/** A KMS with one key, used under one context, and its clock. */
async function aKms(options: Partial<MemoryKmsOptions> = {}) {
  let nowS = NOW_S;
  const kms: MemoryKms = memoryKms({ clock: () => nowS * 1000, ...options });
  const slot = await slotWithKey(kms.keyMaker('rotate'), nowS);
  const context = contextOf(slot);
  return {
    kms,
    slot,
    wrap: () => kms.appKek().wrap(slot, context, Buffer.alloc(60, 1)),
    unwrap: (wrapped: Buffer) => kms.appKek().unwrap(slot, context, wrapped),
    at: (s: number) => {
      nowS = s;
    },
  };
}

function contextOf(slot: UsableSlot, bucket = slot.bucketCount - 1): WrapContext {
  return wrapContext('shop', slot, randomBytes(15).toString('base64url'), bucket);
}

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
