// What is due for a ring, and which slot encrypts: decided only by the ring and the time.

import { describe, expect, test } from 'vitest';
import { DEFAULT_LIFE, type KekLife } from '../../../../../vault/domain/kek-life/life.ts';
import { isCovered, stepsDue } from '../../../../../vault/domain/kek-life/plan.ts';
import {
  type AppRing,
  maxTtlAt,
  type RingSlot,
  safetyS,
  slotForDecryption,
  slotForEncryption,
} from '../../../../../vault/domain/kek-life/ring.ts';
import { regularSlotAt, slotDates } from '../../../../../vault/domain/kek-life/slot.ts';
import type { AppState } from '../../../../../vault/domain/settings.ts';
import { ownRing } from '../../../../support/own-ring.ts';

const { cycleS, leadS } = DEFAULT_LIFE;
const HOUR = 3600;
/** Start of a regular slot of the app. */
const A = regularSlotAt('shop', DEFAULT_LIFE, 1_800_000_000);
const LONGER: KekLife = { ...DEFAULT_LIFE, maxTtlS: 2 * DEFAULT_LIFE.maxTtlS };

function aSlot(slot: number, overrides: Partial<RingSlot> = {}, life = DEFAULT_LIFE): RingSlot {
  const endsAtS = regularSlotAt('shop', life, slot) + life.cycleS;
  const dates = slotDates(slot, endsAtS, life);
  return {
    ...dates,
    holder: { app: 'shop' },
    state: 'ready',
    keyArn: `key-of-${slot}`,
    salt: Buffer.alloc(32),
    ...overrides,
  };
}

function claimed(slot: number, untilS: number): RingSlot {
  const { keyArn, salt, ...row } = aSlot(slot);
  return { ...row, state: 'claimed', lease: { owner: 'someone', untilS } };
}

function aRing(slots: RingSlot[], life = DEFAULT_LIFE, state: AppState = 'live'): AppRing {
  const settings = { app: 'shop', life, defaultTtlS: 3600, integrations: {}, state };
  return { settings, generations: {}, slots: slots.sort((one, other) => other.slot - one.slot) };
}

/** Steps as one word and one slot each. */
function due(ring: AppRing, nowS: number): [string, number][] {
  return stepsDue(ownRing(ring), nowS).map((step) => [step.do, step.do === 'make' ? step.dates.slot : step.slot.slot]);
}

describe('the plan', () => {
  test('makes the first slot of an app at once, with its regular dates', () => {
    expect(stepsDue(ownRing(aRing([])), A + HOUR)).toEqual([
      { do: 'make', dates: slotDates(A, A + cycleS, DEFAULT_LIFE) },
    ]);
  });

  test('makes the next slot a lead before it begins, and not a second earlier', () => {
    const ring = aRing([aSlot(A)]);
    expect(due(ring, A + cycleS - leadS - 1)).toEqual([]);
    expect(due(ring, A + cycleS - leadS)).toEqual([['make', A + cycleS]]);
  });

  test('makes both, the one of now first, when both are missing', () => {
    expect(due(aRing([]), A + cycleS - 60)).toEqual([
      ['make', A],
      ['make', A + cycleS],
    ]);
  });

  test('makes the slot of now though the next one is ready', () => {
    expect(due(aRing([aSlot(A + cycleS)]), A + HOUR)).toEqual([['make', A]]);
  });

  test('makes several slots ahead when the lead is longer than the cycle', () => {
    const life = { cycleS: 60, leadS: 150, graceS: 5, maxTtlS: 60, marginS: 5 };
    const first = regularSlotAt('shop', life, A);
    expect(due(aRing([], life), first)).toEqual([0, 60, 120].map((after) => ['make', first + after]));
    expect(due(aRing([], life), first + 30).at(-1)).toEqual(['make', first + 180]);
  });

  test('does nothing when all is ready', () => {
    expect(due(aRing([aSlot(A), aSlot(A + cycleS)]), A + cycleS - 60)).toEqual([]);
  });

  test('leaves a slot to the run that holds its lease, and takes it up when the lease has run out', () => {
    const ring = aRing([claimed(A, A + 120)]);
    expect(due(ring, A + 119)).toEqual([]);
    expect(due(ring, A + 120)).toEqual([['make', A]]);
  });

  test('goes on past a slot that another is making', () => {
    const ring = aRing([claimed(A, A + cycleS)]);
    expect(due(ring, A + cycleS - 60)).toEqual([['make', A + cycleS]]);
  });

  test('finishes a slot whose key has not been proven', () => {
    const ring = aRing([aSlot(A, { state: 'created', lease: { owner: 'gone', untilS: A + 120 } })]);
    expect(due(ring, A + 119)).toEqual([]);
    expect(due(ring, A + 120)).toEqual([['make', A]]);
  });

  test('starts where the last slot ends when the cycle has changed, and is back on the grid with the next', () => {
    const halfDay = { ...DEFAULT_LIFE, cycleS: cycleS / 2, leadS: cycleS };
    const ring = aRing([aSlot(A, { endsAtS: A + HOUR })], halfDay);
    const grid = regularSlotAt('shop', halfDay, A + HOUR) + cycleS / 2;
    expect(due(ring, A).slice(0, 2)).toEqual([
      ['make', A + HOUR],
      ['make', grid],
    ]);
  });

  test('makes an emergency slot for a lost key, in the nearest free second before', () => {
    const ring = aRing([aSlot(A, { state: 'lost' })]);
    expect(stepsDue(ownRing(ring), A + HOUR)).toEqual([
      { do: 'make', dates: slotDates(A - 1, A + cycleS, DEFAULT_LIFE) },
    ]);
    expect(due(aRing([aSlot(A, { state: 'lost' }), aSlot(A - 1, { state: 'lost' })]), A + HOUR)).toEqual([
      ['make', A - 2],
    ]);
  });

  test('makes an emergency slot for a key that is lost before its slot begins', () => {
    const next = A + cycleS;
    const ring = aRing([aSlot(A), aSlot(next, { state: 'lost' })]);
    expect(due(ring, next - 60)).toEqual([['make', next - 1]]);
    const made = aRing([aSlot(A), aSlot(next, { state: 'lost' }), { ...aSlot(next), slot: next - 1 }]);
    expect(due(made, next - 60)).toEqual([]);
  });

  test('is the same for every rotator that meets it, whatever its clock says', () => {
    const ring = aRing([aSlot(A, { state: 'lost' })]);
    for (const nowS of [A + HOUR, A + HOUR + 59, A + HOUR + 61]) expect(due(ring, nowS)).toEqual([['make', A - 1]]);
  });

  test('makes overlapping slots at once when the longest time to live or the margin changes', () => {
    const slots = [aSlot(A), aSlot(A + cycleS)];
    for (const life of [LONGER, { ...DEFAULT_LIFE, marginS: HOUR }]) {
      expect(due(aRing(slots, life), A + HOUR)).toEqual([['make', A - 1]]);
      expect(due(aRing(slots, life), A + cycleS - 60)).toEqual([
        ['make', A - 1],
        ['make', A + cycleS - 1],
      ]);
    }
  });

  test('makes nothing for a retired app, and still destroys', () => {
    const ring = aRing([aSlot(A)], DEFAULT_LIFE, 'retired');
    expect(due(ring, A + HOUR)).toEqual([]);
    expect(due(ring, aSlot(A).decryptUntilS)).toEqual([['destroy', A]]);
  });

  test.each(['created', 'ready', 'lost'] as const)('destroys the key of a %s slot at T2 exactly', (state) => {
    const slot = aSlot(A, { state });
    const ends = (nowS: number) => due(aRing([slot]), nowS).filter(([what]) => what !== 'make');
    expect(ends(slot.decryptUntilS - 1)).toEqual([]);
    expect(ends(slot.decryptUntilS)).toEqual([['destroy', A]]);
  });

  test('asks for a destroyed key once KMS must have deleted it, a day after its date', () => {
    const goneAtS = aSlot(A).decryptUntilS + 7 * 24 * HOUR;
    const ring = aRing([aSlot(A, { state: 'destroyed', goneAtS })], DEFAULT_LIFE, 'retired');
    expect(due(ring, goneAtS + 24 * HOUR - 1)).toEqual([]);
    expect(due(ring, goneAtS + 24 * HOUR)).toEqual([['confirm', A]]);
  });

  test('asks for no key before its T2, however early it was destroyed', () => {
    const ring = aRing([aSlot(A, { state: 'destroyed', goneAtS: A - 10 * 24 * HOUR })], DEFAULT_LIFE, 'retired');
    expect(due(ring, aSlot(A).decryptUntilS - 1)).toEqual([]);
    expect(due(ring, aSlot(A).decryptUntilS)).toEqual([['confirm', A]]);
  });

  test('forgets a slot at its T2 whose key was gone already when it was to be destroyed', () => {
    const ring = aRing([aSlot(A, { state: 'destroyed' })], DEFAULT_LIFE, 'retired');
    expect(due(ring, aSlot(A).decryptUntilS - 1)).toEqual([]);
    expect(due(ring, aSlot(A).decryptUntilS)).toEqual([['forget', A]]);
  });

  test('forgets a claim without a key once it could not encrypt any more and no run holds its lease', () => {
    const { encryptUntilS } = aSlot(A);
    const forgets = (untilS: number, nowS: number) => due(aRing([claimed(A, untilS)], DEFAULT_LIFE, 'retired'), nowS);
    expect(forgets(0, encryptUntilS - 1)).toEqual([]);
    expect(forgets(0, encryptUntilS)).toEqual([['forget', A]]);
    expect(forgets(0, aSlot(A).decryptUntilS)).toEqual([['forget', A]]);
    expect(forgets(encryptUntilS + 60, encryptUntilS + 59)).toEqual([]);
    expect(forgets(encryptUntilS + 60, encryptUntilS + 60)).toEqual([['forget', A]]);
  });

  test("calls an instant covered only by a ready slot of today's settings", () => {
    expect(isCovered(ownRing(aRing([aSlot(A)])), A + HOUR)).toBe(true);
    expect(isCovered(ownRing(aRing([aSlot(A)])), A + cycleS)).toBe(false);
    expect(isCovered(ownRing(aRing([aSlot(A)], LONGER)), A + HOUR)).toBe(false);
    for (const state of ['created', 'lost', 'destroyed'] as const) {
      expect(isCovered(ownRing(aRing([aSlot(A, { state })])), A + HOUR)).toBe(false);
    }
  });
});

describe('the slot to encrypt under', () => {
  const next = A + cycleS;
  const pick = (slots: RingSlot[], nowS: number, life = DEFAULT_LIFE) =>
    slotForEncryption(aRing(slots, life), nowS)?.slot;

  test('is the newest ready one that has begun', () => {
    expect(pick([aSlot(A), aSlot(next)], next - 1)).toBe(A);
    expect(pick([aSlot(A), aSlot(next)], next)).toBe(next);
    expect(pick([aSlot(A), { ...aSlot(A), slot: A - 1 }], A + HOUR)).toBe(A);
    const forOthers = [aSlot(A), { ...aSlot(A), slot: A - 1 }];
    expect(pick(forOthers, A + HOUR, LONGER)).toBe(A);
  });

  test('is none before the first begins, and none whose key is not proven, lost or destroyed', () => {
    expect(pick([aSlot(A)], A - 1)).toBeUndefined();
    for (const state of ['claimed', 'created', 'lost', 'destroyed'] as const) {
      expect(pick([aSlot(A, { state })], A + HOUR)).toBeUndefined();
    }
  });

  test('is none without a key or a salt, whatever its row calls it', () => {
    const { keyArn, ...keyless } = aSlot(A);
    const { salt, ...saltless } = aSlot(A);
    for (const slot of [keyless, saltless]) {
      expect(pick([slot], A + HOUR)).toBeUndefined();
      expect(slotForDecryption(aRing([slot]), { pool: 'own', slot: A })).toBeUndefined();
    }
  });

  test('is the one past its end only while the next is not ready', () => {
    expect(pick([aSlot(A), aSlot(next, { state: 'created' })], next + 60)).toBe(A);
    expect(pick([aSlot(A), aSlot(next)], next + 60)).toBe(next);
  });

  test('is the one past its end until T1 less the safety, and not a second longer', () => {
    const slot = aSlot(A);
    expect(safetyS(slot)).toBe(60);
    expect(pick([slot], slot.encryptUntilS - 61)).toBe(A);
    expect(pick([slot], slot.encryptUntilS - 60)).toBeUndefined();
  });

  test('is the emergency slot of a lost key', () => {
    expect(pick([aSlot(A, { state: 'lost' }), { ...aSlot(A), slot: A - 1 }], A + HOUR)).toBe(A - 1);
  });

  test("is one for other settings until one for today's is ready", () => {
    const forToday = { ...aSlot(A, {}, LONGER), slot: A - 1 };
    expect(pick([aSlot(A), { ...forToday, state: 'created' }], A + HOUR, LONGER)).toBe(A);
    expect(pick([aSlot(A), forToday], A + HOUR, LONGER)).toBe(A - 1);
  });

  test("is an active one for other settings rather than one for today's in its grace", () => {
    for (const nowS of [next, next + 60]) expect(pick([aSlot(A, {}, LONGER), aSlot(next)], nowS, LONGER)).toBe(next);
  });

  test('holds a lower maximum at once, and a higher one only once a slot for it is ready', () => {
    const maxTtl = (slots: RingSlot[], life: KekLife) => {
      const slot = slotForEncryption(aRing(slots, life), A + HOUR);
      return slot && maxTtlAt(slot, A + HOUR);
    };
    expect(maxTtl([aSlot(A)], { ...DEFAULT_LIFE, maxTtlS: HOUR })).toBe(HOUR);
    expect(maxTtl([aSlot(A)], LONGER)).toBe(DEFAULT_LIFE.maxTtlS);
    expect(maxTtl([aSlot(A), { ...aSlot(A, {}, LONGER), slot: A - 1 }], LONGER)).toBe(LONGER.maxTtlS);
  });
});

describe('the slot to decrypt under', () => {
  const found = (slot: RingSlot) => slotForDecryption(aRing([slot]), { pool: 'own', slot: A })?.slot;

  test('is the one of that ID, lost or not, whatever the time', () => {
    expect(found(aSlot(A))).toBe(A);
    expect(found(aSlot(A, { state: 'lost' }))).toBe(A);
    expect(found(aSlot(A - 1))).toBeUndefined();
  });

  test('is none that is not proven or is destroyed', () => {
    for (const state of ['created', 'destroyed'] as const) expect(found(aSlot(A, { state }))).toBeUndefined();
    expect(found(claimed(A, 0))).toBeUndefined();
  });
});
