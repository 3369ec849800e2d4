// Retries: what is tried again, after what pause, how often, for how long, and which options are refused.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sleep } from '../../../../client/sdk/deadline.ts';
import { DaykeyProblem, type DaykeyProblemCode } from '../../../../client/sdk/problem.ts';
import { type RetryOptions, retrying, retryOptions } from '../../../../client/sdk/retry.ts';

const DOWN = new DaykeyProblem('unavailable', 'try again');
const asking = (retryAfterSeconds: number) => new DaykeyProblem('unavailable', 'try again', { retryAfterSeconds });

/** Tries with outcomes in turn, the last one repeatedly; an error is thrown. Pauses take no time. */
function tried(outcomes: readonly unknown[], options: RetryOptions = {}, endsAtMs = Infinity) {
  const pauses: number[] = [];
  const signals: AbortSignal[] = [];
  const call = new AbortController();
  const pause = async (ms: number) => void pauses.push(ms);
  const attempt = async (signal: AbortSignal) => {
    const outcome = outcomes[Math.min(signals.length, outcomes.length - 1)];
    signals.push(signal);
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const all = retryOptions({ pause, ...options });
  const result = retrying(all, { signal: call.signal, endsAtMs }, attempt);
  result.catch(() => {});
  return { result, pauses, signals, call };
}

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0.5));
afterEach(() => void vi.restoreAllMocks());

describe('a request that may pass', () => {
  test.each(['unavailable', 'unreachable', 'timed-out'] as const)('is tried again after %s', async (code) => {
    const { result, pauses, signals } = tried([new DaykeyProblem(code, ''), new DaykeyProblem(code, ''), 'done']);
    expect(await result).toBe('done');
    expect([signals.length, pauses]).toEqual([3, [100, 200]]);
  });

  test('is tried three times, and the last failure rises', async () => {
    const last = new DaykeyProblem('unavailable', 'the last');
    const { result, signals, pauses } = tried([DOWN, DOWN, last, 'done']);
    await expect(result).rejects.toBe(last);
    expect([signals.length, pauses.length]).toEqual([3, 2]);
  });

  test.each([1, 2, 5])('is tried %i times when the caller says so', async (maxTries) => {
    const { result, signals } = tried([DOWN], { maxTries });
    await expect(result).rejects.toBe(DOWN);
    expect(signals).toHaveLength(maxTries);
  });

  test('is tried without end when the caller sets none', async () => {
    const { result, signals } = tried([...Array(99).fill(DOWN), 'done'], { maxTries: Infinity });
    expect(await result).toBe('done');
    expect(signals).toHaveLength(100);
  });

  test('gets its own signal in each try', async () => {
    const { result, signals } = tried([DOWN, 'done']);
    await result;
    expect(new Set(signals).size).toBe(2);
  });
});

describe('a request that will not pass', () => {
  const codes: DaykeyProblemCode[] = [
    'invalid-request',
    'forbidden',
    'refused',
    'aborted',
    'unintelligible',
    'too-large',
  ];
  test.each(codes)('is tried once: %s', async (code) => {
    const { result, signals, pauses } = tried([new DaykeyProblem(code, ''), 'done']);
    await expect(result).rejects.toMatchObject({ code });
    expect([signals.length, pauses]).toEqual([1, []]);
  });

  test('is tried once when something else is thrown, which rises as it is', async () => {
    const error = Object.assign(new RangeError('no credentials'), { isTransient: true });
    const { result, signals } = tried([error, 'done']);
    await expect(result).rejects.toBe(error);
    expect(signals).toHaveLength(1);
  });
});

describe('the pause', () => {
  test('has full jitter, and its upper end doubles from 200 ms to 5 s', async () => {
    for (const [random, expected] of [
      [0, [0, 0, 0, 0, 0, 0, 0]],
      [1, [200, 400, 800, 1600, 3200, 5000, 5000]],
      [0.25, [50, 100, 200, 400, 800, 1250, 1250]],
    ] as const) {
      vi.spyOn(Math, 'random').mockReturnValue(random);
      const { result, pauses } = tried([DOWN], { maxTries: 8 });
      await expect(result).rejects.toBe(DOWN);
      expect(pauses).toEqual(expected);
    }
  });

  test('is what the vault asks for, with jitter on top', async () => {
    const { result, pauses } = tried([asking(3), asking(0), 'done']);
    await result;
    expect(pauses).toEqual([3100, 200]);
  });

  test('that the vault asks for may be as long as the caller allows', async () => {
    const { result, pauses } = tried([asking(30), 'done']);
    await result;
    expect(pauses).toEqual([30_100]);
    const patient = tried([asking(3600), 'done'], { maxPauseMs: Infinity });
    await patient.result;
    expect(patient.pauses).toEqual([3_600_100]);
  });

  test.each([31, 3600, Infinity, Number.NaN])('of %d s is not taken: the vault is not asked again', async (seconds) => {
    const { result, signals, pauses } = tried([asking(seconds), 'done']);
    await expect(result).rejects.toMatchObject({ retryAfterSeconds: seconds });
    expect([signals.length, pauses]).toEqual([1, []]);
  });

  test('is not taken when the call would be over before the next try', async () => {
    const endsAtMs = performance.now() + 20_000;
    const soon = tried([asking(1), 'done'], {}, endsAtMs);
    expect(await soon.result).toBe('done');
    const late = tried([asking(20), 'done'], {}, endsAtMs);
    await expect(late.result).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 20 });
    expect([late.signals.length, late.pauses]).toEqual([1, []]);
  });
});

describe('time', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('of one try ends it, and there is another one', async () => {
    const signals: AbortSignal[] = [];
    const { signal } = new AbortController();
    const result = retrying(retryOptions({ timeoutMs: 500 }), { signal, endsAtMs: Infinity }, (given) => {
      signals.push(given);
      return signals.length === 3 ? Promise.resolve('done') : new Promise(() => {});
    });
    await vi.advanceTimersByTimeAsync(499);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await vi.advanceTimersByTimeAsync(1300);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, false]);
    expect(await result).toBe('done');
  });

  test('of the call ends the try, and there is neither a pause nor another one', async () => {
    const { result, signals, pauses, call } = tried([new Promise(() => {})]);
    await vi.advanceTimersByTimeAsync(1);
    call.abort(new DaykeyProblem('timed-out', 'no answer within 1 ms'));
    await expect(result).rejects.toMatchObject({ code: 'timed-out', detail: 'no answer within 1 ms' });
    expect([signals.length, pauses]).toEqual([1, []]);
  });

  test('of the call ends the pause, and there is no other try', async () => {
    const { signal, ...call } = { signal: new AbortController(), endsAtMs: Infinity };
    let tries = 0;
    const result = retrying(retryOptions({}), { ...call, signal: signal.signal }, async () => {
      tries += 1;
      throw DOWN;
    });
    result.catch(() => {});
    await vi.advanceTimersByTimeAsync(99);
    signal.abort();
    await vi.advanceTimersByTimeAsync(0);
    await expect(result).rejects.toMatchObject({ code: 'aborted' });
    expect([tries, vi.getTimerCount()]).toEqual([1, 0]);
  });

  test('of a pause is real when the caller gives no other', async () => {
    let tries = 0;
    const { signal } = new AbortController();
    const result = retrying(retryOptions({}), { signal, endsAtMs: Infinity }, async () => {
      tries += 1;
      if (tries === 1) throw DOWN;
      return 'done';
    });
    await vi.advanceTimersByTimeAsync(99);
    expect(tries).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect([await result, tries]).toEqual(['done', 2]);
  });
});

describe('options', () => {
  test('have the defaults that are documented', () => {
    expect(retryOptions({})).toEqual({
      maxTries: 3,
      timeoutMs: 15_000,
      totalMs: 30_000,
      maxPauseMs: 30_000,
      pause: sleep,
    });
  });

  test('that are undefined count as absent', () => {
    expect(retryOptions({ maxTries: undefined, pause: undefined } as object)).toMatchObject({ maxTries: 3 });
  });

  test('are taken as they are', () => {
    const given = { maxTries: 7, timeoutMs: 1, totalMs: 2 ** 31 - 1, maxPauseMs: Infinity };
    expect(retryOptions(given)).toMatchObject(given);
  });

  const names = ['maxTries', 'timeoutMs', 'totalMs', 'maxPauseMs'] as const;
  const wrong: unknown[] = [Number.NaN, 0, 0.5, -1, -Infinity, 2 ** 31, 2 ** 53, '3', null, true, {}, 5n];
  test.each(names.flatMap((name) => wrong.map((value) => [name, value] as const)))(
    '%s: %s is refused',
    (name, value) => {
      expect(() => retryOptions({ [name]: value } as RetryOptions)).toThrow(RangeError);
      expect(() => retryOptions({ [name]: value } as RetryOptions)).toThrow(name);
    },
  );

  test.each([
    ['pause', 200],
    ['random', () => 0.5],
    ['maxTry', 3],
    ['timeout', 5000],
    ['ttl', () => {}],
  ])('%s: %s is refused', (name, value) => {
    expect(() => retryOptions({ [name]: value } as RetryOptions)).toThrow(
      `${name}: unknown, or not from 1 to 2147483647`,
    );
  });
});
