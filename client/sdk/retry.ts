// Trying again: how often, after what pause, and for how long each time.

import { DaykeyProblem } from './problem.ts';

/** How patient a client is. */
export interface RetryOptions {
  /** Tries of each request, the first included; 1 and above. @default 3 */
  readonly maxTries?: number;
  /** For how long one try may take, in milliseconds. @default 30,000, a second above API Gateway's own limit */
  readonly timeoutMs?: number;
  /** A vault that asks for a longer pause than this, in milliseconds, is not asked again. @default 30,000 */
  readonly maxPauseMs?: number;
  /** How to wait; tests give their own. @default setTimeout */
  readonly pause?: (ms: number) => Promise<void>;
  /** From 0 up to, not including, 1. @default Math.random */
  readonly random?: () => number;
}

// The first pause is up to 200 ms, and the upper end doubles from there to 5 s.
const FIRST_PAUSE_MS = 200;
const LONGEST_JITTER_MS = 5_000;

/**
 * Tries until it works, up to `maxTries`, and again only what may pass. Pauses have full jitter, on top of what the vault
 * asks for.
 *
 * @throws what the last try threw.
 */
export async function retrying<Result>(
  options: RetryOptions,
  attempt: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { maxTries = 3, timeoutMs = 30_000, maxPauseMs = 30_000, pause = sleep, random = Math.random } = options;
  for (let tries = 1; ; tries += 1) {
    try {
      return await within(timeoutMs, attempt);
    } catch (error) {
      if (!(error instanceof DaykeyProblem) || !error.isTransient || tries >= maxTries) throw error;
      const askedMs = (error.retryAfterSeconds ?? 0) * 1000;
      if (askedMs > maxPauseMs) throw error;
      await pause(askedMs + random() * Math.min(LONGEST_JITTER_MS, FIRST_PAUSE_MS * 2 ** (tries - 1)));
    }
  }
}

/** The time is over even for an attempt that does not heed the signal. */
async function within<Result>(ms: number, attempt: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DaykeyProblem('timed-out', `no answer from the vault within ${ms} ms`));
      abort.abort();
    }, ms);
  });
  try {
    return await Promise.race([attempt(abort.signal), over]);
  } finally {
    clearTimeout(timer);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
