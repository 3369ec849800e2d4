// The rings of apps (settings and slots), cached for at most a minute.

import type { AppRing } from '../domain/kek-life/ring.ts';
import type { Clock } from '../ports/clock.ts';
import type { KeyRing } from '../ports/key-ring.ts';
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

/** A cache in front of `keyRing`. */
export function cachedRings(keyRing: KeyRing, clock: Clock): Rings {
  const cache = cached(clock, async (app) => {
    const ring = await keyRing.read(app);
    return ring?.settings.state === 'live' ? ring : undefined;
  });
  return {
    get: (app) => cache.get(app),
    refresh: (app) => cache.get(app, REFRESH_MS),
    recheck: (app) => cache.get(app, RECHECK_MS),
    reload: (app) => cache.get(app, 0),
  };
}
