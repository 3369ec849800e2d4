// The dates of one app KEK: what a life allows, where its slots lie, what phase an instant is in.

import { describe, expect, test } from 'vitest';
import { DEFAULT_LIFE, type KekLife, problemsOfLife } from '../../../../../vault/domain/kek-life/life.ts';
import { maxTtlAt, safetyS } from '../../../../../vault/domain/kek-life/ring.ts';
import { latestExpiryS, phaseAt, regularSlotAt, slotDates } from '../../../../../vault/domain/kek-life/slot.ts';
import { MAX_TTL_SECONDS } from '../../../../../wire/limits.ts';
import { upTo } from '../../../../support/envelope.ts';

const A = 1_800_000_000;
const HOUR = 3600;
const DATES = slotDates(A, A + 24 * HOUR, DEFAULT_LIFE);

describe('a slot', () => {
  test('ends a cycle after it begins, encrypts to the end of its grace and decrypts for T and M more', () => {
    expect(DATES).toEqual({
      slot: A,
      endsAtS: A + 24 * HOUR,
      encryptUntilS: A + 24 * HOUR + 900,
      decryptUntilS: A + 48 * HOUR + 900 + 1800,
      marginS: 1800,
      maxTtlS: 24 * HOUR,
    });
  });

  test.each([
    ['created', Number.NEGATIVE_INFINITY, DATES.slot],
    ['active', DATES.slot, DATES.endsAtS],
    ['grace', DATES.endsAtS, DATES.encryptUntilS],
    ['decrypt-only', DATES.encryptUntilS, DATES.decryptUntilS],
    ['destroyed', DATES.decryptUntilS, Number.POSITIVE_INFINITY],
  ] as const)('is %s from its date on, and not a second longer than to the next', (phase, fromS, toS) => {
    expect(phaseAt(DATES, fromS)).toBe(phase);
    expect(phaseAt(DATES, toS - 1)).toBe(phase);
    expect(phaseAt(DATES, toS) === phase).toBe(toS === Number.POSITIVE_INFINITY);
  });

  test('takes no expiry later than T2 - M, however late in its grace', () => {
    for (const nowS of [
      DATES.slot,
      DATES.endsAtS,
      DATES.encryptUntilS - 1,
      DATES.encryptUntilS,
      DATES.encryptUntilS + 60,
    ]) {
      expect(nowS + maxTtlAt(DATES, nowS)).toBeLessThanOrEqual(DATES.decryptUntilS - DATES.marginS);
    }
    expect(latestExpiryS(DATES)).toBe(DATES.decryptUntilS - DATES.marginS);
  });

  test('takes the longest time to live until T1, then less and less', () => {
    expect(maxTtlAt(DATES, DATES.encryptUntilS)).toBe(DEFAULT_LIFE.maxTtlS);
    expect(maxTtlAt(DATES, DATES.encryptUntilS + 60)).toBe(DEFAULT_LIFE.maxTtlS - 60);
  });

  test.each([
    [900, 60],
    [120, 60],
    [119, 59],
    [5, 2],
    [1, 0],
  ])('with a grace of %i s is left by writers %i s before T1', (graceS, expected) => {
    expect(safetyS(slotDates(A, A + 60, { ...DEFAULT_LIFE, graceS }))).toBe(expected);
  });
});

describe('the grid of regular slots', () => {
  test('holds every instant in exactly one slot of a cycle', () => {
    const start = regularSlotAt('shop', DEFAULT_LIFE, A);
    expect(start).toBeLessThanOrEqual(A);
    expect(start).toBeGreaterThan(A - DEFAULT_LIFE.cycleS);
    expect(regularSlotAt('shop', DEFAULT_LIFE, start)).toBe(start);
    expect(regularSlotAt('shop', DEFAULT_LIFE, start - 1)).toBe(start - DEFAULT_LIFE.cycleS);
    expect(regularSlotAt('shop', DEFAULT_LIFE, start + DEFAULT_LIFE.cycleS)).toBe(start + DEFAULT_LIFE.cycleS);
  });

  test('spreads apps over the cycle, so that not all need a key at once', () => {
    const apps = 2400;
    const perHour = new Map<number, number>();
    for (const nr of upTo(apps)) {
      const hour = Math.floor((regularSlotAt(`app-${nr}`, DEFAULT_LIFE, A) % DEFAULT_LIFE.cycleS) / HOUR);
      perHour.set(hour, (perHour.get(hour) ?? 0) + 1);
    }
    expect(perHour.size).toBe(24);
    for (const count of perHour.values()) expect(count).toBeLessThan((2 * apps) / 24);
  });

  test('gives an app the same slot everywhere and always', () => {
    expect(regularSlotAt('shop', DEFAULT_LIFE, A)).toBe(1_799_946_707);
  });
});

describe('a life', () => {
  const problemsWith = (change: Partial<KekLife>, allowShort = false) =>
    problemsOfLife({ ...DEFAULT_LIFE, ...change }, allowShort);

  test('of the defaults has no problem', () => {
    expect(DEFAULT_LIFE).toEqual({ cycleS: 86_400, leadS: 21_600, graceS: 900, maxTtlS: 86_400, marginS: 1800 });
    expect(problemsOfLife(DEFAULT_LIFE)).toEqual([]);
  });

  test('has these least periods, each to the second', () => {
    const shortest = { cycleS: 3600, leadS: 3600, graceS: 300, maxTtlS: 60, marginS: 300 };
    const shortestForTests = { cycleS: 60, leadS: 30, graceS: 5, maxTtlS: 60, marginS: 5 };
    for (const [least, allowShort] of [[shortest, false] as const, [shortestForTests, true] as const]) {
      expect(problemsOfLife(least, allowShort)).toEqual([]);
      for (const [name, seconds] of Object.entries(least)) {
        const shorter = problemsOfLife({ ...least, [name]: seconds - 1 }, allowShort);
        expect(shorter).toContainEqual(
          expect.stringContaining(`${name} must be at least ${seconds}, got ${seconds - 1}`),
        );
      }
    }
  });

  test.each([
    [{ cycleS: 86_400.5 }, 'cycleS must be whole seconds, got 86400.5'],
    [{ marginS: Number.NaN }, 'marginS must be whole seconds, got NaN'],
    [
      { cycleS: 3599, leadS: 3599 },
      'cycleS must be at least 3600, got 3599: raise it (shorter ones are for tests: allowShortCycles)',
    ],
    [{ maxTtlS: 59 }, 'maxTtlS must be at least 60, got 59: raise it'],
    [{ graceS: 4 }, 'graceS must be at least 300, got 4: raise it'],
    [{ maxTtlS: MAX_TTL_SECONDS + 1 }, 'maxTtlS must be at most 604800 (7 days), got 604801: lower it'],
    [
      { graceS: 86_401, marginS: 86_401 },
      'graceS must be at most cycleS (86400), got 86401: lower graceS or raise cycleS',
    ],
    [{ leadS: 86_401 }, 'leadS must be at most cycleS (86400), got 86401: lower leadS or raise cycleS'],
    [{ marginS: 899 }, 'marginS must be at least graceS (900), got 899: raise marginS'],
  ])('%o says what to change', (change, problem) => {
    expect(problemsWith(change)).toContain(problem);
  });

  test.each<Partial<KekLife>>([
    { maxTtlS: MAX_TTL_SECONDS },
    { graceS: 86_400, marginS: 86_400 },
    { leadS: 86_400 },
    { marginS: 900 },
  ])('%o is just within its limit', (change) => {
    expect(problemsWith(change)).toEqual([]);
  });

  test('as short as tests may have it says that it is for tests, and a shorter one does not', () => {
    const forTests = 'shorter ones are for tests';
    expect(problemsWith({ cycleS: 60 }).join()).toContain(forTests);
    expect(problemsWith({ cycleS: 59, leadS: 3600 }).join()).not.toContain(forTests);
  });

  test('reports all its problems at once', () => {
    expect(problemsWith({ cycleS: 0, graceS: -1 }).length).toBeGreaterThan(2);
  });

  test('of minutes is for tests alone', () => {
    const short = { cycleS: 60, leadS: 90, graceS: 30, maxTtlS: 60, marginS: 5 };
    expect(problemsOfLife(short, true)).toEqual([]);
    expect(problemsOfLife(short)).toHaveLength(6);
    expect(problemsOfLife({ ...short, cycleS: 59 }, true)).toEqual(['cycleS must be at least 60, got 59: raise it']);
  });
});
