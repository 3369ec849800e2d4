// Rings as requests read them: of live apps only, with the slots of all their keys, the newest first.

import { expect, test } from 'vitest';
import { DEFAULT_LIFE } from '../../../../vault/domain/kek-life/life.ts';
import type { AppRing, RingSlot } from '../../../../vault/domain/kek-life/ring.ts';
import { slotDates } from '../../../../vault/domain/kek-life/slot.ts';
import type { AppState } from '../../../../vault/domain/settings.ts';
import { cachedRings } from '../../../../vault/usecases/rings.ts';
import { someSettings } from '../../../support/virtual-vault.ts';

const NOW_S = 1_800_000_000;
const clock = () => NOW_S * 1000;
const SALT = Buffer.alloc(32, 1);

const slotAt = (startsAtS: number, more: Partial<RingSlot>): RingSlot => ({
  ...slotDates(startsAtS, startsAtS + DEFAULT_LIFE.cycleS, DEFAULT_LIFE),
  holder: { pool: 1 },
  state: 'ready',
  ...more,
});
const ringWith = (state: AppState, slots: readonly RingSlot[] = []): AppRing => ({
  settings: someSettings({ state, keys: { pool: 1 } }),
  generations: {},
  formerPools: [],
  slots,
});

test.each<[AppState, boolean]>([
  ['live', true],
  ['detached', false],
  ['retired', false],
  ['gone', false],
])('the ring of an app that is %s is given: %s', async (state, isGiven) => {
  const rings = cachedRings({ read: async () => ringWith(state) }, clock);
  expect((await rings.get('shop')) !== undefined).toBe(isGiven);
});

test('slots of the app and of its pool are in one order, and only those that serve have a half', async () => {
  const keyArn = 'a-key';
  const own = [slotAt(NOW_S - 100, { holder: { app: 'shop' } }), slotAt(NOW_S - 300, { holder: { app: 'shop' } })];
  const ofPool = [
    slotAt(NOW_S, { keyArn, salt: SALT }),
    slotAt(NOW_S - 200, { keyArn }),
    slotAt(NOW_S - 400, { keyArn, salt: SALT, state: 'destroyed' }),
  ];
  const pooled = { slotsOf: async () => ofPool, findSecret: async () => Buffer.alloc(32, 2) };
  const ring = await cachedRings({ read: async () => ringWith('live', own) }, clock, pooled).get('shop');
  expect(ring?.slots.map(({ slot, half }) => [slot - NOW_S, half !== undefined])).toEqual([
    [0, true],
    [-100, false],
    [-200, false],
    [-300, false],
    [-400, false],
  ]);
});
