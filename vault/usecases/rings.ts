// The rings of apps (settings and slots), cached for at most a minute.

import { type AppHalf, appHalf } from '../domain/envelope/app-half.ts';
import { type AppRing, isServed, keyHolders, type RingSlot } from '../domain/kek-life/ring.ts';
import type { AppSecrets } from '../ports/app-secrets.ts';
import { type Clock, secondsOf } from '../ports/clock.ts';
import type { KeyRing, KeySlots } from '../ports/key-ring.ts';
import { cached } from './cache.ts';

/** How old a ring may be, in milliseconds, when the cached one has no slot that serves. */
const REFRESH_MS = 1000;

/** How old a ring may be, in milliseconds, by which a caller is refused. */
export const RECHECK_MS = 5000;

/** Rings as the request path reads them. */
export interface Rings {
  /** The ring of an app, at most a minute old; `undefined` for an app that is not set up, or has retired. */
  get(app: string): Promise<AppRing | undefined>;
  /** The ring, at most a second old: for when the cached one has no slot that serves. */
  refresh(app: string): Promise<AppRing | undefined>;
  /** The ring, at most five seconds old: for when the cached one does not confirm a caller. */
  recheck(app: string): Promise<AppRing | undefined>;
  /** The ring as it is now: for when a final answer depends on it. */
  reload(app: string): Promise<AppRing | undefined>;
}

/** What functions read that use keys: slots of pools, and the secrets that make an app's halves of them. */
export type PooledKeys = KeySlots & AppSecrets;

/**
 * A cache in front of `keyRing`.
 *
 * @param pooled @default none: the rings of apps with pooled keys then have no slots that could be used
 */
export function cachedRings(keyRing: KeyRing, clock: Clock, pooled?: PooledKeys): Rings {
  const apps = cached(clock, async (app) => {
    const ring = await keyRing.read(app);
    return ring?.settings.state === 'live' ? ring : undefined;
  });
  const withPools = pooled && pooledSlots(pooled, clock);

  async function ring(app: string, maxAgeMs?: number, slotsMaxAgeMs?: number): Promise<AppRing | undefined> {
    const found = await apps.get(app, maxAgeMs);
    return found && withPools ? await withPools(found, slotsMaxAgeMs) : found;
  }

  return {
    get: (app) => ring(app),
    refresh: (app) => ring(app, REFRESH_MS, REFRESH_MS),
    // Only the settings decide about a caller.
    recheck: (app) => ring(app, RECHECK_MS),
    reload: (app) => ring(app, 0, 0),
  };
}

/**
 * Adds the slots of pools that an app uses or has used, each with the app's half. Slots are cached by pool, whatever the
 * number of its apps, and secrets by app: a request that finds both costs no read.
 */
function pooledSlots({ slotsOf, findSecret }: PooledKeys, clock: Clock) {
  const pools = cached(clock, (pool) => slotsOf({ pool: Number(pool) }));
  const secrets = cached(clock, findSecret);
  /** By secret and slot, for as long as both are cached. */
  const halves = new WeakMap<Buffer, WeakMap<RingSlot, AppHalf>>();

  function halfOf(app: string, secret: Buffer, slot: RingSlot, salt: Buffer): AppHalf {
    const known = halves.get(secret) ?? new WeakMap<RingSlot, AppHalf>();
    halves.set(secret, known);
    const half = known.get(slot) ?? appHalf(app, slot.slot, secret, salt);
    known.set(slot, half);
    return half;
  }

  /** The slot with a half that is made at its first use: most slots of a pool serve no value of a request. */
  function viewOf(app: string, secret: Buffer, slot: RingSlot): RingSlot {
    const { salt } = slot;
    if (salt === undefined || !isServed(slot)) return slot;
    return { ...slot, half: () => halfOf(app, secret, slot, salt) };
  }

  return async (ring: AppRing, maxAgeMs?: number): Promise<AppRing> => {
    const { app } = ring.settings;
    const used = keyHolders(ring, secondsOf(clock())).flatMap((holder) => ('pool' in holder ? [holder.pool] : []));
    if (used.length === 0) return ring;
    // A secret never changes while its app lives.
    const [secret, ...slots] = await Promise.all([
      secrets.get(app),
      ...used.map((pool) => pools.get(String(pool), maxAgeMs)),
    ]);
    if (secret === undefined) return ring;
    const seen = slots.flatMap((each = []) => each.map((slot) => viewOf(app, secret, slot)));
    return { ...ring, slots: [...ring.slots, ...seen].sort((one, other) => other.slot - one.slot) };
  };
}
