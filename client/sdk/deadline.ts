// Ends work in time: when a period is over, or when an outer signal says so.

import { DaykeyProblem } from './problem.ts';

/** The longest time that `setTimeout` can wait, about 25 days; anything longer fires at once (Node.js documentation, timers). */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Does some work, and ends it after a time or with an outer signal, whichever comes first, even if the work ignores the
 * signal that it gets.
 *
 * @param ms Above {@link LONGEST_TIMER_MS} there is no limit.
 * @throws DaykeyProblem `timed-out` when the time is over; `aborted` or `timed-out` when the outer signal ends the work.
 */
export async function within<Result>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const own = new AbortController();
  const end = () => own.abort(endedBy(outer?.reason));
  if (outer?.aborted) throw endedBy(outer.reason);
  outer?.addEventListener('abort', end);
  const timedOut = () => own.abort(new DaykeyProblem('timed-out', `no answer within ${ms} ms`));
  const timer = ms <= LONGEST_TIMER_MS ? setTimeout(timedOut, ms) : undefined;
  const isOver = new Promise<never>((_, reject) => {
    own.signal.onabort = () => reject(own.signal.reason);
  });
  try {
    return await Promise.race([work(own.signal), isOver]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', end);
  }
}

/** Waits for a time, or until the signal is aborted. Never rejects. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return within(ms, signal, () => new Promise<never>(() => {})).catch(() => {});
}

/** The problem of a call that a signal has ended. A reason may hold anything, so it only decides between the two codes. */
export function endedBy(reason: unknown): DaykeyProblem {
  if (reason instanceof DaykeyProblem) return reason;
  const isTimeout = reason instanceof Error && reason.name === 'TimeoutError';
  return new DaykeyProblem(isTimeout ? 'timed-out' : 'aborted', 'ended by the signal');
}
