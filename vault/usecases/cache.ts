// Keeps answers for a short while: at most 60 seconds, and never anything that can decrypt.

import { serialize } from 'node:v8';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../ports/clock.ts';

/** How long, at most, settings, ring rows and identities are used without a new look-up, in milliseconds. */
export const MAX_CACHE_AGE_MS = 60_000;

/** How long an absence is remembered, in milliseconds: an unknown identity cannot cause a look-up for each request. */
export const MAX_ABSENCE_AGE_MS = 5000;

/**
 * How much memory the answers of one cache take, in bytes, as {@link memoryBytes} estimates it. The least recently used one makes
 * room. That is some 5,000 rings of apps with their own keys, and four times as many with pooled keys.
 */
export const MAX_CACHE_BYTES = 32 * 1024 * 1024;

/** The same for absences. */
export const MAX_ABSENCE_BYTES = 2 * 1024 * 1024;

/** What an entry takes besides its value. */
const ENTRY_BYTES = 512;

/** A cache before a slow look-up. Concurrent calls for one key share one look-up. Failures are never kept. */
export interface Cache<Value> {
  /** The value or its absence, at most `maxAgeMs` old, counted from the call that looked it up. */
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
  // `LRUCache.fetch` counts the age from the answer and by a clock that never goes back, so it is only the store.
  const found = new LRUCache<string, Lookup<Value>>({ maxSize: MAX_CACHE_BYTES });
  // Kept apart, so that a flood of unknown names pushes no known one out.
  const absent = new LRUCache<string, Lookup<Value>>({ maxSize: MAX_ABSENCE_BYTES });
  const running = new Map<string, Lookup<Value>>();

  function keep(name: string, lookup: Lookup<Value>, value: Value | undefined): void {
    // A later look-up under the same name stays.
    if ((found.peek(name) ?? absent.peek(name) ?? lookup).startedMs > lookup.startedMs) return;
    found.delete(name);
    absent.delete(name);
    (value === undefined ? absent : found).set(name, lookup, { size: memoryBytes(name) + memoryBytes(value) });
  }

  return {
    async get(key, maxAgeMs = MAX_CACHE_AGE_MS) {
      const nowMs = clock();
      const name = nameOf(key);
      const isFresh = (known: Lookup<Value> | undefined, ageMs: number): known is Lookup<Value> =>
        // A clock that was set back must not keep an answer alive.
        known !== undefined && nowMs >= known.startedMs && nowMs - known.startedMs < ageMs;
      const known = [running.get(name), found.get(name)].find((each) => isFresh(each, maxAgeMs));
      if (known) return known.value;
      if (isFresh(absent.get(name), Math.min(maxAgeMs, MAX_ABSENCE_AGE_MS))) return undefined;
      const lookup = { startedMs: nowMs, value: load(key) };
      running.set(name, lookup);
      try {
        const value = await lookup.value;
        keep(name, lookup, value);
        return value;
      } finally {
        if (running.get(name) === lookup) running.delete(name);
      }
    },
  };
}

/** About what a value takes in memory: twice its serialized length, as objects of short texts and numbers do. */
function memoryBytes(value: unknown): number {
  return ENTRY_BYTES + 2 * serialize(value).length;
}
