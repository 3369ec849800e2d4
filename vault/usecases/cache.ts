// Keeps answers for a short while: at most 60 seconds, and never anything that can decrypt.

import type { Clock } from '../ports/clock.ts';

/** The longest that settings, ring rows and identities are believed without a new look, in milliseconds. */
export const MAX_CACHE_AGE_MS = 60_000;

const MAX_ENTRIES = 1000;

/** A cache before a slow look-up. Concurrent calls for one key share one look-up; `undefined` is never kept. */
export interface Cache<Value> {
  /** The value, at most `maxAgeMs` old. */
  get(key: string, maxAgeMs?: number): Promise<Value | undefined>;
}

/**
 * A cache in front of `load`.
 *
 * @param nameOf what an entry is kept under, for keys that must not lie in memory themselves.
 */
export function cached<Value>(
  clock: Clock,
  load: (key: string) => Promise<Value | undefined>,
  nameOf: (key: string) => string = (key) => key,
): Cache<Value> {
  const entries = new Map<string, { atMs: number; value: Promise<Value | undefined> }>();
  return {
    async get(key, maxAgeMs = MAX_CACHE_AGE_MS) {
      const nowMs = clock();
      const name = nameOf(key);
      const known = entries.get(name);
      // A clock set back must not keep an entry alive.
      if (known && nowMs >= known.atMs && nowMs - known.atMs < maxAgeMs) return known.value;
      const value = load(key);
      const entry = { atMs: nowMs, value };
      entries.delete(name);
      entries.set(name, entry);
      const oldest = entries.size > MAX_ENTRIES ? entries.keys().next().value : undefined;
      if (oldest !== undefined) entries.delete(oldest);
      const forget = () => {
        if (entries.get(name) === entry) entries.delete(name);
      };
      try {
        const loaded = await value;
        if (loaded === undefined) forget();
        return loaded;
      } catch (error) {
        forget();
        throw error;
      }
    },
  };
}
