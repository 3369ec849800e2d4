// Retries: how often, after what pause, and for how long each time.

import { present } from './arguments.ts';
import { LONGEST_TIMER_MS, sleep, within } from './deadline.ts';
import { DaykeyProblem } from './problem.ts';

/** How patient a client is. Numbers are from 1 to 2,147,483,647, in milliseconds about 25 days; `Infinity` sets no limit. */
export interface RetryOptions {
  /** Tries of each request, the first included. @default 3 */
  readonly maxTries?: number;
  /** How long one try may take. @default 15,000 */
  readonly timeoutMs?: number;
  /**
   * How long a call may take with all its requests, tries and pauses. One call can have less by its `signal`.
   * @default 30,000, a second above API Gateway's own limit
   */
  readonly totalMs?: number;
  /** A vault that asks for a longer pause than this is not asked again. @default 30,000 */
  readonly maxPauseMs?: number;
  /** How to wait; for tests. Called with milliseconds, and a signal that ends the wait. @default setTimeout */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The time that a call has. */
export interface CallTime {
  /** Aborted when the time is over. */
  readonly signal: AbortSignal;
  /** When that is, as `performance.now` counts. */
  readonly endsAtMs: number;
}

// The first pause takes up to 200 ms, and the upper end doubles from there to 5 s.
const FIRST_PAUSE_MS = 200;
const LONGEST_JITTER_MS = 5_000;

const DEFAULTS: Required<RetryOptions> = {
  maxTries: 3,
  timeoutMs: 15_000,
  totalMs: 30_000,
  maxPauseMs: 30_000,
  pause: sleep,
};

/** All options, with their defaults. @throws RangeError for one that is out of range or unknown. */
export function retryOptions(options: RetryOptions): Required<RetryOptions> {
  const given = present(Object.entries(options));
  for (const [name, value] of given) {
    const isOfType = typeof value === typeof Reflect.get(DEFAULTS, name);
    const isInRange = typeof value !== 'number' || value === Infinity || (value >= 1 && value <= LONGEST_TIMER_MS);
    if (!isOfType || !isInRange) throw new RangeError(`${name}: unknown, or not from 1 to ${LONGEST_TIMER_MS}`);
  }
  return { ...DEFAULTS, ...Object.fromEntries(given) };
}

/**
 * Tries until it works, up to `maxTries`, and again only what may pass. Pauses have full jitter on top of what the vault
 * asks for; when the time of the call would be over before the next try, there is none.
 *
 * @throws what the last try threw.
 */
export async function retrying<Result>(
  { maxTries, timeoutMs, maxPauseMs, pause }: Required<RetryOptions>,
  { signal, endsAtMs }: CallTime,
  attempt: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await within(timeoutMs, signal, attempt);
    } catch (error) {
      if (!(error instanceof DaykeyProblem) || !error.isTransient || tries >= maxTries || signal.aborted) throw error;
      const askedMs = (error.retryAfterSeconds ?? 0) * 1000;
      const pauseMs = askedMs + jitterMs(tries);
      const isWorthIt = askedMs <= maxPauseMs && performance.now() + pauseMs < endsAtMs;
      if (!isWorthIt) throw error;
      await pause(pauseMs, signal);
    }
  }
}

/** A pause after so many tries, in milliseconds. */
export function jitterMs(tries: number): number {
  return Math.random() * Math.min(LONGEST_JITTER_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
}
