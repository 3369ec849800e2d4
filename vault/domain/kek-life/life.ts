// How long an app KEK lives: five periods, validated together.

import { MAX_TTL_SECONDS, MIN_TTL_SECONDS } from '../../../wire/limits.ts';

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

/**
 * Everything wrong with a life, each as a sentence that says what to change; empty when it holds.
 *
 * @param allowShort accepts cycles from 60 s on, for tests.
 */
export function problemsOfLife(life: KekLife, allowShort = false): string[] {
  const problems: string[] = [];
  const least = allowShort ? TEST_LEAST : PRODUCTION_LEAST;
  for (const name of Object.keys(least) as (keyof KekLife)[]) {
    if (!Number.isInteger(life[name])) problems.push(`${name} must be whole seconds, got ${life[name]}`);
    else if (life[name] < least[name]) {
      const hint = allowShort || life[name] < TEST_LEAST[name] ? '' : ' (shorter ones are for tests: allowShortCycles)';
      problems.push(`${name} must be at least ${least[name]}, got ${life[name]}: raise it${hint}`);
    }
  }
  if (life.maxTtlS > MAX_TTL_SECONDS) {
    problems.push(`maxTtlS must be at most ${MAX_TTL_SECONDS} (7 days), got ${life.maxTtlS}: lower it`);
  }
  if (life.graceS > life.cycleS) {
    problems.push(`graceS must be at most cycleS (${life.cycleS}), got ${life.graceS}: lower graceS or raise cycleS`);
  }
  if (!allowShort && life.leadS > life.cycleS) {
    problems.push(`leadS must be at most cycleS (${life.cycleS}), got ${life.leadS}: lower leadS or raise cycleS`);
  }
  if (life.marginS < life.graceS && !allowShort) {
    problems.push(`marginS must be at least graceS (${life.graceS}), got ${life.marginS}: raise marginS`);
  }
  return problems;
}
