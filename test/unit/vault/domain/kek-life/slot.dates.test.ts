// The dates of one app KEK: what a life allows, where its slots lie, what phase an instant is in.

import { describe, expect, test } from 'vitest';
import {
  DEFAULT_LIFE,
  type KekLife,
  type LifeProblem,
  problemsOfLife,
} from '../../../../../vault/domain/kek-life/life.ts';
import { maxTtlAt, safetyS } from '../../../../../vault/domain/kek-life/ring.ts';
import { latestExpiryS, phaseAt, regularSlotAt, slotDates } from '../../../../../vault/domain/kek-life/slot.ts';
import { formatPeriod } from '../../../../../vault/domain/settings/period.ts';
import { MAX_TTL_SECONDS } from '../../../../../wire/limits.ts';
import { upTo } from '../../../../support/envelope.ts';

const A = 1_800_000_000;
const HOUR = 3600;
const DATES = slotDates(A, A + 24 * HOUR, DEFAULT_LIFE);

describe('a slot', () => {
  test('ends a cycle after it begins, encrypts to the end of its grace and decrypts for T and M more', () => {
    expect(DATES).toMatchObject({
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
        const [bound, found] = [formatPeriod(seconds), `${seconds - 1}s`];
        const text = expect.stringContaining(`must be at least ${bound}, got ${found}: raise it`);
        expect(shorter).toContainEqual({ period: name, text });
      }
    }
  });

  test.each<[Partial<KekLife>, LifeProblem]>([
    [
      { cycleS: 3599, leadS: 3599 },
      {
        period: 'cycleS',
        text: 'must be at least 1h, got 3599s: raise it (for tests, allowShortCycles allows shorter ones)',
      },
    ],
    [{ maxTtlS: 59 }, { period: 'maxTtlS', text: 'must be at least 1m, got 59s: raise it' }],
    [{ graceS: 4 }, { period: 'graceS', text: 'must be at least 5m, got 4s: raise it' }],
    [{ maxTtlS: MAX_TTL_SECONDS + 1 }, { period: 'maxTtlS', text: 'must be at most 7d, got 604801s: lower it' }],
    [
      { graceS: 86_401, marginS: 86_401 },
      { period: 'graceS', text: 'must be at most cycle (24h), got 86401s: lower it or raise cycle' },
    ],
    [{ leadS: 86_401 }, { period: 'leadS', text: 'must be at most cycle (24h), got 86401s: lower it or raise cycle' }],
    [{ marginS: 899 }, { period: 'marginS', text: 'must be at least grace (15m), got 899s: raise it' }],
  ])('%o says what to change', (change, problem) => {
    expect(problemsWith(change)).toContainEqual(problem);
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
    const forTests = 'for tests, allowShortCycles';
    expect(JSON.stringify(problemsWith({ cycleS: 60 }))).toContain(forTests);
    expect(JSON.stringify(problemsWith({ cycleS: 59, leadS: 3600 }))).not.toContain(forTests);
  });

  test('reports all its problems at once', () => {
    expect(problemsWith({ cycleS: 0, graceS: -1 }).length).toBeGreaterThan(2);
  });

  test('of minutes is for tests only', () => {
    const short = { cycleS: 60, leadS: 90, graceS: 30, maxTtlS: 60, marginS: 5 };
    expect(problemsOfLife(short, true)).toEqual([]);
    expect(problemsOfLife(short)).toHaveLength(6);
    expect(problemsOfLife({ ...short, leadS: 100 * 60 }, true)).toEqual([]);
    expect(problemsOfLife({ ...short, leadS: 100 * 60 + 1 }, true)).toEqual([
      { period: 'leadS', text: 'must be at most 100 cycles, got 6001s: lower it or raise cycle' },
    ]);
    expect(problemsOfLife({ ...short, cycleS: 59 }, true)).toEqual([
      { period: 'cycleS', text: 'must be at least 1m, got 59s: raise it' },
    ]);
  });

  test('has no problem with a period that is not a number: another check reports it', () => {
    const unknown = {
      cycleS: Number.NaN,
      leadS: Number.NaN,
      graceS: Number.NaN,
      maxTtlS: Number.NaN,
      marginS: Number.NaN,
    };
    expect(problemsOfLife(unknown)).toEqual([]);
    for (const period of Object.keys(unknown)) expect(problemsWith({ [period]: Number.NaN })).toEqual([]);
  });
});
