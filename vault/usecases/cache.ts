// Keeps answers for a short while: at most 60 seconds, and never anything that can decrypt.

import { LRUCache } from 'lru-cache';
import type { Clock } from '../ports/clock.ts';

/** How long, at most, settings, ring rows and identities are used without a new look-up, in milliseconds. */
export const MAX_CACHE_AGE_MS = 60_000;

/** How many answers one cache keeps. The least recently used one makes room. */
export const MAX_CACHE_ENTRIES = 1000;

/** A cache before a slow look-up. Concurrent calls for one key share one look-up; `undefined` is never kept. */
export interface Cache<Value> {
  /** The value, at most `maxAgeMs` old, counted from the call that looked it up. */
  get(key: string, maxAgeMs?: number): Promise<Value | undefined>;
}

interface Lookup<Value> {
  readonly startedMs: number;
  readonly value: Promise<Value | undefined>;
}

/**
 * A cache in front of `load`.
 *
 * @param nameOf the name under which an answer is kept, for keys that must not stay in memory.
 */
export function cached<Value>(
  clock: Clock,
  load: (key: string) => Promise<Value | undefined>,
  nameOf: (key: string) => string = (key) => key,
): Cache<Value> {
  // Its own `fetch` counts the age from the answer and by a clock that never goes back, so it is only the store.
  const lookups = new LRUCache<string, Lookup<Value>>({ max: MAX_CACHE_ENTRIES });
  const forget = (name: string, lookup: Lookup<Value>) => {
    // A later look-up under the same name stays.
    if (lookups.peek(name) === lookup) lookups.delete(name);
  };
  return {
    async get(key, maxAgeMs = MAX_CACHE_AGE_MS) {
      const nowMs = clock();
      const name = nameOf(key);
      const known = lookups.get(name);
      // A clock that was set back must not keep an answer alive.
      if (known && nowMs >= known.startedMs && nowMs - known.startedMs < maxAgeMs) return known.value;
      const lookup = { startedMs: nowMs, value: load(key) };
      lookups.set(name, lookup);
      const value = await lookup.value.catch((error: unknown) => {
        forget(name, lookup);
        throw error;
      });
      if (value === undefined) forget(name, lookup);
      return value;
    },
  };
}
