// Which of an app's keys it may use, and which of them serves: its own ones, a pool's, and those that it has left.

import { expect, test } from 'vitest';
import type { AppHalf } from '../../../../../vault/domain/envelope/app-half.ts';
import type { KeyHolder } from '../../../../../vault/domain/kek-life/holder.ts';
import { DEFAULT_LIFE } from '../../../../../vault/domain/kek-life/life.ts';
import {
  type AppRing,
  isUsable,
  keyHolders,
  type RingSlot,
  slotForDecryption,
  slotForEncryption,
  tagSalt,
  type UsableSlot,
} from '../../../../../vault/domain/kek-life/ring.ts';
import { slotDates } from '../../../../../vault/domain/kek-life/slot.ts';
import type { AppSettings } from '../../../../../vault/domain/settings.ts';
import { bytesFrom } from '../../../../support/envelope.ts';

const NOW_S = 1_800_000_000;
const SALT = bytesFrom('a slot salt', 32);
const HALF: AppHalf = { app: 'shop', slot: NOW_S, prk: bytesFrom('a key', 32), tagSalt: bytesFrom('a tag salt', 32) };

const settingsWith = (keys: AppSettings['keys']): AppSettings => ({
  app: 'shop',
  life: DEFAULT_LIFE,
  defaultTtlS: 3600,
  integrations: {},
  state: 'live',
  keys,
});

const slotOf = (holder: KeyHolder, overrides: Partial<RingSlot> = {}): UsableSlot => ({
  ...slotDates(NOW_S - 60, NOW_S + DEFAULT_LIFE.cycleS, DEFAULT_LIFE),
  holder,
  state: 'ready',
  keyArn: 'a key',
  salt: SALT,
  ...('pool' in holder && { half: () => HALF }),
  ...overrides,
});

const ringOf = (keys: AppSettings['keys'], slots: RingSlot[]): AppRing => ({
  settings: settingsWith(keys),
  generations: {},
  slots,
});

test('an app may need the keys that it uses now, and those that it has left until their last value is over', () => {
  const formerPools = [
    { pool: 2, untilS: NOW_S + 1 },
    { pool: 'own', untilS: NOW_S },
  ] as const;
  const own = { settings: settingsWith(undefined), generations: {} };
  expect(keyHolders(own, NOW_S)).toEqual([{ app: 'shop' }]);
  expect(keyHolders({ ...own, formerPools }, NOW_S)).toEqual([{ app: 'shop' }, { pool: 2 }]);
  expect(keyHolders({ ...own, settings: settingsWith({ pool: 1 }), formerPools }, NOW_S - 1)).toEqual([
    { pool: 1 },
    { pool: 2 },
    { app: 'shop' },
  ]);
});

test("a pool's key is of no use without the app's half, and its own key needs none", () => {
  const { half, ...withoutHalf } = slotOf({ pool: 1 });
  expect(half).toBeDefined();
  expect([isUsable(withoutHalf), isUsable(slotOf({ pool: 1 })), isUsable(slotOf({ app: 'shop' }))]).toEqual([
    false,
    true,
    true,
  ]);
});

test("tags are keyed with the slot's salt, or with the app's half in a pool", () => {
  expect([tagSalt(slotOf({ app: 'shop' })), tagSalt(slotOf({ pool: 1 }))]).toEqual([SALT, HALF.tagSalt]);
});

test('keys that the app has left serve until those that it uses now are ready', () => {
  const [own, pooled] = [slotOf({ app: 'shop' }), slotOf({ pool: 1 })];
  for (const slots of [
    [own, pooled],
    [pooled, own],
  ]) {
    expect(slotForEncryption(ringOf({ pool: 1 }, slots), NOW_S)?.holder).toEqual({ pool: 1 });
    expect(slotForEncryption(ringOf(undefined, slots), NOW_S)?.holder).toEqual({ app: 'shop' });
  }
  const notYet = slotOf({ pool: 1 }, { state: 'created' });
  expect(slotForEncryption(ringOf({ pool: 1 }, [notYet, own]), NOW_S)?.holder).toEqual({ app: 'shop' });
});

test('a bundle opens under the slot of the pool that it was sealed in', () => {
  const slots = [slotOf({ pool: 1 }), slotOf({ app: 'shop' }), slotOf({ pool: 2 })];
  const ring = ringOf(undefined, slots);
  const slot = NOW_S - 60;
  expect(slotForDecryption(ring, { pool: 2, slot })?.holder).toEqual({ pool: 2 });
  expect(slotForDecryption(ring, { pool: 'own', slot })?.holder).toEqual({ app: 'shop' });
  expect(slotForDecryption(ring, { pool: 3, slot })).toBeUndefined();
  expect(slotForDecryption(ring, { pool: 1, slot: slot + 1 })).toBeUndefined();
});
