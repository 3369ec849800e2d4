// The cache: at most a minute, an absence at most five seconds, at most so many bytes, and never a failure.

import { describe, expect, test } from 'vitest';
import { cached, MAX_ABSENCE_AGE_MS, MAX_CACHE_AGE_MS, MAX_CACHE_BYTES } from '../../../../vault/usecases/cache.ts';

describe('a remembered value', () => {
  test('is used for 60 s and not a millisecond longer', async () => {
    const { cache, loads, at } = aCache();
    expect(MAX_CACHE_AGE_MS).toBe(60_000);
    await cache.get('a');
    at(59_999);
    expect(await cache.get('a')).toBe('a1');
    at(60_000);
    expect(await cache.get('a')).toBe('a2');
    expect(loads).toEqual(['a', 'a']);
  });

  test('is as old as the question, not as the answer', async () => {
    let nowMs = 0;
    const cache = cached(
      () => nowMs,
      async () => {
        nowMs += 10_000;
        return nowMs;
      },
    );
    expect(await cache.get('a')).toBe(10_000);
    nowMs = 59_999;
    expect(await cache.get('a')).toBe(10_000);
    nowMs = 60_000;
    expect(await cache.get('a')).toBe(70_000);
  });

  test('is looked up again for a caller that asks for a fresher one, and that one is remembered', async () => {
    const { cache, at } = aCache();
    await cache.get('a');
    at(1000);
    expect(await cache.get('a', 1000)).toBe('a2');
    expect(await cache.get('a')).toBe('a2');
    at(1999);
    expect(await cache.get('a', 1000)).toBe('a2');
  });

  test('is not kept alive by a clock that is set back', async () => {
    const { cache, at } = aCache();
    at(100_000);
    await cache.get('a');
    at(99_999);
    expect(await cache.get('a')).toBe('a2');
  });
});

describe('concurrent calls', () => {
  test('for one key share one look-up', async () => {
    const { cache, loads } = aCache();
    expect(await Promise.all([cache.get('a'), cache.get('a'), cache.get('b')])).toEqual(['a1', 'a1', 'b2']);
    expect(loads).toEqual(['a', 'b']);
  });

  test('share its failure too, and the next call tries again', async () => {
    let fails = true;
    const { cache, loads } = aCache(async (key) => {
      if (fails) throw new Error('broken');
      return key;
    });
    const both = await Promise.allSettled([cache.get('a'), cache.get('a')]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await cache.get('a')).toBe('a');
    expect(loads).toEqual(['a', 'a']);
  });
});

describe('an absence', () => {
  test('is remembered for 5 s and not a millisecond longer', async () => {
    let value: string | undefined;
    const { cache, loads, at } = aCache(async () => value);
    expect(MAX_ABSENCE_AGE_MS).toBe(5000);
    expect(await cache.get('a')).toBeUndefined();
    value = 'there';
    at(4999);
    expect(await cache.get('a')).toBeUndefined();
    expect(loads).toEqual(['a']);
    at(5000);
    expect(await cache.get('a')).toBe('there');
    expect(loads).toEqual(['a', 'a']);
  });

  test('is looked up again for a caller that asks for a fresher one', async () => {
    const { cache, loads, at } = aCache(async () => undefined);
    await cache.get('a');
    at(1000);
    await cache.get('a', 1000);
    await cache.get('a', 0);
    expect(loads).toEqual(['a', 'a', 'a']);
  });

  test('takes the place of the value that was there', async () => {
    let value: string | undefined = 'there';
    const { cache, at } = aCache(async () => value);
    await cache.get('a');
    value = undefined;
    at(1000);
    expect(await cache.get('a', 1000)).toBeUndefined();
    expect(await cache.get('a')).toBeUndefined();
  });

  test('costs one look-up however many ask at once', async () => {
    const { cache, loads } = aCache(async () => undefined);
    await Promise.all(Array.from({ length: 50 }, () => cache.get('a')));
    expect(loads).toEqual(['a']);
  });

  test('pushes no value out, however many there are', async () => {
    const { cache, loads } = aCache(async (key) => (key.startsWith('unknown') ? undefined : key));
    await cache.get('known');
    await Promise.all(Array.from({ length: 3000 }, (_, number) => cache.get(`unknown-${number}`)));
    loads.splice(0);
    expect(await cache.get('known')).toBe('known');
    expect(loads).toEqual([]);
  });
});

test('a late answer does not replace what a later look-up has found', async () => {
  const answers = [Promise.withResolvers<string | undefined>(), Promise.withResolvers<string | undefined>()];
  let asked = 0;
  const { cache, at } = aCache(() => {
    const answer = answers[asked];
    asked += 1;
    return answer ? answer.promise : Promise.reject(new Error('a third look-up'));
  });
  const first = cache.get('a');
  at(1000);
  const second = cache.get('a', 1000);
  answers[1]?.resolve('second');
  await second;
  answers[0]?.resolve(undefined);
  expect(await first).toBeUndefined();
  expect(await cache.get('a')).toBe('second');
});

test('a late failure does not remove what a later look-up has found', async () => {
  const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  let asked = 0;
  const { cache, loads, at } = aCache(() => {
    const answer = answers[asked];
    asked += 1;
    return answer ? answer.promise : Promise.resolve('third');
  });
  const first = cache.get('a');
  at(60_000);
  const second = cache.get('a');
  answers[1]?.resolve('second');
  expect(await second).toBe('second');
  answers[0]?.reject(new Error('late'));
  await expect(first).rejects.toThrow('late');
  expect(await cache.get('a')).toBe('second');
  expect(loads).toEqual(['a', 'a']);
});

describe('of more values than fit', () => {
  /** Looks up so many texts of so many characters, the first of them again before the last. */
  async function filled(count: number, characters: number) {
    const { cache, loads } = aCache(async (key) => key.padEnd(characters));
    for (let i = 0; i < count - 1; i += 1) await cache.get(`k${i}`);
    await cache.get('k0');
    await cache.get(`k${count - 1}`);
    loads.splice(0);
    return { cache, loads };
  }

  test('the least recently used one goes', async () => {
    expect(MAX_CACHE_BYTES).toBe(32 * 1024 * 1024);
    // 33 of a megabyte each: twice 512 Ki characters.
    const { cache, loads } = await filled(33, 512 * 1024 - 2048);
    for (const kept of ['k0', 'k2', 'k32']) await cache.get(kept);
    expect(loads).toEqual([]);
    await cache.get('k1');
    expect(loads).toEqual(['k1']);
  });

  test('none goes while they are small, however many there are', async () => {
    const { cache, loads } = await filled(10_000, 100);
    for (const kept of ['k0', 'k1', 'k9999']) await cache.get(kept);
    expect(loads).toEqual([]);
  });

  test('one that is larger than all of the cache is looked up each time', async () => {
    const { cache, loads } = aCache(async () => 'x'.repeat(MAX_CACHE_BYTES / 2));
    await cache.get('huge');
    await cache.get('huge');
    expect(loads).toEqual(['huge', 'huge']);
  });
});

test('names that every object has are keys like any other', async () => {
  const { cache, loads } = aCache();
  for (const key of ['__proto__', 'constructor', '']) await cache.get(key);
  expect(loads).toEqual(['__proto__', 'constructor', '']);
});

/** A cache whose look-ups are numbered and listed, and its clock. */
function aCache(load?: (key: string) => Promise<string | undefined>) {
  let nowMs = 0;
  const loads: string[] = [];
  const cache = cached(
    () => nowMs,
    (key) => {
      loads.push(key);
      return load ? load(key) : Promise.resolve(`${key}${loads.length}`);
    },
  );
  return {
    cache,
    loads,
    at: (ms: number) => {
      nowMs = ms;
    },
  };
}
