// Settings and slots of an app, remembered for at most a minute.

import type { AppRing } from '../domain/kek-life/ring.ts';
import type { Clock } from '../ports/clock.ts';
import type { KeyRing } from '../ports/key-ring.ts';
import { cached } from './cache.ts';

/** How often, at most, a miss makes us look again, in milliseconds. */
const REFRESH_MS = 1000;

/** Rings as the request path reads them. */
export interface Rings {
  /** The ring of an app; `undefined` for one that is not set up, or has left. */
  get(app: string): Promise<AppRing | undefined>;
  /** The same, looked up anew unless that has just been done: for when the remembered one does not serve. */
  refresh(app: string): Promise<AppRing | undefined>;
  /** The same, looked up anew whatever has just been done: for when the answer would be final. */
  reload(app: string): Promise<AppRing | undefined>;
}

/** Remembers what `keyRing` says. */
export function rememberedRings(keyRing: KeyRing, clock: Clock): Rings {
  const cache = cached(clock, async (app) => {
    const ring = await keyRing.read(app);
    return ring?.settings.retired ? undefined : ring;
  });
  return {
    get: (app) => cache.get(app),
    refresh: (app) => cache.get(app, REFRESH_MS),
    reload: (app) => cache.get(app, 0),
  };
}
