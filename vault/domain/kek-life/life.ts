// How long an app KEK lives: five periods, validated together.

import { MAX_TTL_SECONDS, MIN_TTL_SECONDS } from '../../../wire/limits.ts';
import { formatPeriod } from '../settings/period.ts';

/** The periods of an app KEK's life, all in whole seconds. */
export interface KekLife {
  /** C: how long one app KEK is the one that encrypts. */
  readonly cycleS: number;
  /** P: how long before its slot a key is made. */
  readonly leadS: number;
  /** G: how long a writer whose clock is behind may still use the previous key. */
  readonly graceS: number;
  /** T: the longest time to live that a caller may ask for. */
  readonly maxTtlS: number;
  /** M: how long KMS still decrypts after the last expiry, for clocks that differ. */
  readonly marginS: number;
}

const HOUR = 3600;

/** 24 h cycle and time to live, 6 h lead, 15 min grace, 30 min margin: docs/adr/0002-a-kms-key-per-app-and-slot.md. */
export const DEFAULT_LIFE: KekLife = {
  cycleS: 24 * HOUR,
  leadS: 6 * HOUR,
  graceS: 15 * 60,
  maxTtlS: 24 * HOUR,
  marginS: 30 * 60,
};

const PRODUCTION_LEAST: KekLife = {
  cycleS: HOUR,
  leadS: HOUR,
  graceS: 5 * 60,
  maxTtlS: MIN_TTL_SECONDS,
  marginS: 5 * 60,
};
const TEST_LEAST: KekLife = { cycleS: 60, leadS: 30, graceS: 5, maxTtlS: MIN_TTL_SECONDS, marginS: 5 };

/** In each lead so many keys may be made: one, except in tests. More would only fill the memory of the rotator. */
const MOST_CYCLES_A_LEAD = 100;

/** A period that is too short or too long, or that does not fit another one. */
export interface LifeProblem {
  readonly period: keyof KekLife;
  /** What is wrong and what to change. */
  readonly text: string;
}

/**
 * Every problem of a life in whole seconds; none when it is valid. A period that is `NaN` counts as valid.
 *
 * @param allowShort accepts cycles from 60 s on, for tests.
 */
export function problemsOfLife(life: KekLife, allowShort = false): LifeProblem[] {
  const problems: LifeProblem[] = [];
  const { cycleS, leadS, graceS, maxTtlS, marginS } = life;
  const least = allowShort ? TEST_LEAST : PRODUCTION_LEAST;
  for (const period of Object.keys(least) as (keyof KekLife)[]) {
    if (!(life[period] < least[period])) continue;
    const hint =
      allowShort || life[period] < TEST_LEAST[period] ? '' : ' (for tests, allowShortCycles allows shorter ones)';
    const [bound, found] = [formatPeriod(least[period]), formatPeriod(life[period])];
    problems.push({ period, text: `must be at least ${bound}, got ${found}: raise it${hint}` });
  }
  if (maxTtlS > MAX_TTL_SECONDS) {
    const [bound, found] = [formatPeriod(MAX_TTL_SECONDS), formatPeriod(maxTtlS)];
    problems.push({ period: 'maxTtlS', text: `must be at most ${bound}, got ${found}: lower it` });
  }
  const cycle = `at most cycle (${formatPeriod(cycleS)})`;
  if (graceS > cycleS) {
    const text = `must be ${cycle}, got ${formatPeriod(graceS)}: lower it or raise cycle`;
    problems.push({ period: 'graceS', text });
  }
  if (!allowShort && leadS > cycleS) {
    problems.push({ period: 'leadS', text: `must be ${cycle}, got ${formatPeriod(leadS)}: lower it or raise cycle` });
  }
  if (allowShort && leadS > MOST_CYCLES_A_LEAD * cycleS) {
    const bound = `at most ${MOST_CYCLES_A_LEAD} cycles`;
    problems.push({ period: 'leadS', text: `must be ${bound}, got ${formatPeriod(leadS)}: lower it or raise cycle` });
  }
  if (!allowShort && marginS < graceS) {
    const text = `must be at least grace (${formatPeriod(graceS)}), got ${formatPeriod(marginS)}: raise it`;
    problems.push({ period: 'marginS', text });
  }
  return problems;
}
