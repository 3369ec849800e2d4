// Deadlines: work ends when its time is over or its signal says so, and leaves no timer or listener behind.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LONGEST_TIMER_MS, sleep, within } from '../../../../client/sdk/deadline.ts';
import { DaykeyProblem } from '../../../../client/sdk/problem.ts';

const forever = () => new Promise<never>(() => {});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What became of a promise so far. */
function outcomeOf(promise: Promise<unknown>): { value?: unknown; error?: unknown } {
  const outcome: { value?: unknown; error?: unknown } = {};
  promise.then(
    (value) => Object.assign(outcome, { value }),
    (error: unknown) => Object.assign(outcome, { error }),
  );
  return outcome;
}

describe('work', () => {
  test('that ends in time gives its result, and leaves no timer', async () => {
    expect(await within(1000, undefined, async () => 7)).toBe(7);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that fails in time rises as it is, and leaves no timer', async () => {
    await expect(within(1000, undefined, () => Promise.reject(new RangeError('no')))).rejects.toThrow(RangeError);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that ignores its signal ends when its time is over, and not before', async () => {
    let signal: AbortSignal | undefined;
    const outcome = outcomeOf(
      within(1000, undefined, (given) => {
        signal = given;
        return forever();
      }),
    );
    await vi.advanceTimersByTimeAsync(999);
    expect([outcome, signal?.aborted]).toEqual([{}, false]);
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome.error).toMatchObject({ code: 'timed-out', detail: 'no answer within 1000 ms' });
    expect(signal?.reason).toBe(outcome.error);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that heeds its signal and fails with something else is timed out all the same', async () => {
    const heeding = (signal: AbortSignal) =>
      new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => setTimeout(reject, 0, new Error('cut off'))),
      );
    const outcome = outcomeOf(within(10, undefined, heeding));
    await vi.advanceTimersByTimeAsync(20);
    expect(outcome.error).toMatchObject({ code: 'timed-out' });
  });

  test.each([Infinity, LONGEST_TIMER_MS + 1, 2 ** 53])('with a limit of %d ms has none', async (ms) => {
    const outcome = outcomeOf(within(ms, undefined, () => new Promise((resolve) => setTimeout(resolve, 10, 'done'))));
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(10);
    expect(outcome).toEqual({ value: 'done' });
  });

  test(`may have up to ${LONGEST_TIMER_MS} ms`, async () => {
    const outcome = outcomeOf(within(LONGEST_TIMER_MS, undefined, forever));
    await vi.advanceTimersByTimeAsync(LONGEST_TIMER_MS - 1);
    expect(outcome).toEqual({});
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome.error).toMatchObject({ code: 'timed-out' });
  });
});

describe('an outer signal', () => {
  test('that is aborted already lets no work begin', async () => {
    let begun = false;
    const call = within(1000, AbortSignal.abort(), async () => {
      begun = true;
    });
    await expect(call).rejects.toMatchObject({ code: 'aborted', isTransient: false });
    expect([begun, vi.getTimerCount()]).toEqual([false, 0]);
  });

  test('ends the work at once, and the signal of the work with it', async () => {
    const outer = new AbortController();
    let signal: AbortSignal | undefined;
    const outcome = outcomeOf(
      within(1000, outer.signal, (given) => {
        signal = given;
        return forever();
      }),
    );
    await vi.advanceTimersByTimeAsync(500);
    expect([outcome, signal?.aborted]).toEqual([{}, false]);
    outer.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(outcome.error).toMatchObject({ code: 'aborted', detail: 'ended by the signal' });
    expect([signal?.aborted, vi.getTimerCount()]).toEqual([true, 0]);
  });

  test('that timed out has another code than one that was aborted', async () => {
    const timedOut = AbortSignal.abort(new DOMException('The operation timed out', 'TimeoutError'));
    await expect(within(1000, timedOut, forever)).rejects.toMatchObject({ code: 'timed-out', isTransient: true });
    for (const reason of [new Error('TimeoutError'), 'TimeoutError', null, { name: 'TimeoutError' }]) {
      await expect(within(1000, AbortSignal.abort(reason), forever)).rejects.toMatchObject({ code: 'aborted' });
    }
  });

  test('of AbortSignal.timeout ends the work then', async () => {
    vi.useRealTimers();
    await expect(within(60_000, AbortSignal.timeout(5), forever)).rejects.toMatchObject({ code: 'timed-out' });
  });

  test('whose reason is a problem passes it on, and no other reason', async () => {
    const problem = new DaykeyProblem('timed-out', 'no answer within 5 ms');
    await expect(within(1000, AbortSignal.abort(problem), forever)).rejects.toBe(problem);
    const error: Error = await within(1000, AbortSignal.abort(new Error('maya4711')), forever).catch((error) => error);
    expect(`${error.message} ${String(error.cause)}`).not.toContain('maya4711');
  });

  test('that lives long keeps no listener of work that is over', async () => {
    const outer = new AbortController();
    const listeners = new Set<unknown>();
    const { signal } = outer;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (type: string, listener: () => void) => {
      listeners.add(listener);
      add(type, listener);
    };
    signal.removeEventListener = (type: string, listener: () => void) => {
      listeners.delete(listener);
      remove(type, listener);
    };
    await within(1000, signal, async () => expect(listeners.size).toBe(1));
    await within(1000, signal, () => Promise.reject(new Error('no'))).catch(() => {});
    expect(listeners.size).toBe(0);
  });
});

describe('a pause', () => {
  test('takes its time', async () => {
    const outcome = outcomeOf(sleep(200, new AbortController().signal));
    await vi.advanceTimersByTimeAsync(199);
    expect(outcome).toEqual({});
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome).toEqual({ value: undefined });
  });

  test('ends with its signal, and never fails', async () => {
    const abort = new AbortController();
    const outcome = outcomeOf(sleep(200, abort.signal));
    abort.abort(new Error('no'));
    await vi.advanceTimersByTimeAsync(0);
    expect([outcome, vi.getTimerCount()]).toEqual([{ value: undefined }, 0]);
    await sleep(200, AbortSignal.abort());
  });
});
