// When a holder is due next, case by case.

import { describe, expect, test } from 'vitest';
import { CHECK_EVERY_S, DUE_SHARDS, dueShard, needsCheck, nextDueS } from '../../../../../vault/domain/kek-life/due.ts';
import { DEFAULT_LIFE } from '../../../../../vault/domain/kek-life/life.ts';
import { GONE_AT_LATEST_S } from '../../../../../vault/domain/kek-life/plan.ts';
import type { HolderRing, RingSlot } from '../../../../../vault/domain/kek-life/ring.ts';
import { regularSlotAt, slotDates } from '../../../../../vault/domain/kek-life/slot.ts';

const { cycleS, leadS } = DEFAULT_LIFE;
const HOLDER = { app: 'shop' };
/** Start of a regular slot of the app. */
const A = regularSlotAt('shop', DEFAULT_LIFE, 1_800_000_000);

function aSlot(slot: number, overrides: Partial<RingSlot> = {}): RingSlot {
  const dates = slotDates(slot, regularSlotAt('shop', DEFAULT_LIFE, slot) + cycleS, DEFAULT_LIFE);
  return { ...dates, holder: HOLDER, state: 'ready', keyArn: `key-${slot}`, salt: Buffer.alloc(32), ...overrides };
}

function aRing(slots: RingSlot[], more: Partial<HolderRing> = {}): HolderRing {
  return { holder: HOLDER, life: DEFAULT_LIFE, retired: false, slots, ...more };
}

/** The next second that is not a look at the keys. */
function nextStepS(ring: HolderRing, nowS: number): number | undefined {
  let dueAtS = nextDueS(ring, nowS);
  while (dueAtS !== undefined && dueAtS - nowS <= CHECK_EVERY_S && nextDueS(ring, dueAtS) !== dueAtS + 1) {
    nowS = dueAtS;
    dueAtS = nextDueS(ring, nowS);
  }
  return dueAtS;
}

describe('a holder is due', () => {
  test('a second later when something is due now: the next run tries again', () => {
    expect(nextDueS(aRing([]), A)).toBe(A + 1);
  });

  test('a lead before its last key ends', () => {
    expect(nextStepS(aRing([aSlot(A)]), A)).toBe(A + cycleS - leadS);
    expect(nextStepS(aRing([aSlot(A + cycleS), aSlot(A)]), A + cycleS - leadS)).toBe(A + 2 * cycleS - leadS);
  });

  test('when the lease of another rotator ends', () => {
    const { keyArn, salt, ...row } = aSlot(A);
    const claimed: RingSlot = { ...row, state: 'claimed', lease: { owner: 'other', untilS: A + 120 } };
    expect(nextDueS(aRing([claimed]), A)).toBe(A + 120);
  });

  test('at T2 of its oldest key', () => {
    const slot = aSlot(A);
    expect(nextDueS(aRing([slot], { retired: true }), A)).toBe(slot.decryptUntilS);
  });

  test('when KMS must have deleted a key, a day after its date', () => {
    const goneAtS = aSlot(A).decryptUntilS + 7 * 24 * 3600;
    const ring = aRing([aSlot(A, { state: 'destroyed', goneAtS })], { retired: true });
    expect(nextDueS(ring, goneAtS)).toBe(goneAtS + GONE_AT_LATEST_S);
  });

  test('never when it is retired and nothing of it is left', () => {
    expect(nextDueS(aRing([], { retired: true }), A)).toBeUndefined();
  });
});

test('holders lie in four shards, and each always in the same one', () => {
  expect(DUE_SHARDS).toBe(4);
  const shards = Array.from({ length: 100 }, (_, number) => dueShard({ app: `app-${number}` }));
  expect(new Set(shards)).toEqual(new Set([0, 1, 2, 3]));
  // The first byte of the SHA-256 of `shop` is 0x8d, that of `pool#3` 0xb3.
  expect([dueShard({ app: 'shop' }), dueShard({ pool: 3 })]).toEqual([0x8d % 4, 0xb3 % 4]);
});

describe('a look at the keys', () => {
  test('comes at least every 15 minutes while one of them encrypts', () => {
    expect(CHECK_EVERY_S).toBe(900);
    const ring = aRing([aSlot(A)]);
    let nowS = A;
    for (let looks = 0; looks < 10; looks += 1) {
      const dueAtS = nextDueS(ring, nowS) ?? Number.NaN;
      expect(dueAtS - nowS).toBeGreaterThan(0);
      expect(dueAtS - nowS).toBeLessThanOrEqual(900);
      nowS = dueAtS;
    }
    expect(nowS).toBeLessThanOrEqual(A + 10 * 900);
  });

  test('comes four times in a lead that is shorter than an hour', () => {
    const life = { ...DEFAULT_LIFE, leadS: 120 };
    const dueAtS = nextDueS(aRing([aSlot(A)], { life }), A) ?? Number.NaN;
    expect(dueAtS - A).toBeLessThanOrEqual(30);
  });

  test('comes at another second for another holder', () => {
    const seconds = new Set<number>();
    for (let number = 0; number < 1000; number += 1) {
      const dueAtS = nextDueS(aRing([aSlot(A)], { holder: { app: `app-${number}` } }), A) ?? Number.NaN;
      seconds.add(dueAtS % 900);
    }
    // 1,000 holders in 900 seconds, at random, leave a third of the seconds out.
    expect(seconds.size).toBeGreaterThan(500);
  });

  test('is for ready keys before their T1, and for none of a retired holder', () => {
    const slot = aSlot(A);
    expect(needsCheck(aRing([slot]), slot, slot.encryptUntilS - 1)).toBe(true);
    expect(needsCheck(aRing([slot]), slot, slot.encryptUntilS)).toBe(false);
    expect(needsCheck(aRing([slot], { retired: true }), slot, A)).toBe(false);
    for (const state of ['claimed', 'created', 'lost', 'destroyed'] as const) {
      expect(needsCheck(aRing([slot]), { ...slot, state }, A)).toBe(false);
    }
  });
});
