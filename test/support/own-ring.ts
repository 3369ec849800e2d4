// The ring of an app whose keys are its own, as its holder's.

import type { AppRing, HolderRing } from '../../vault/domain/kek-life/ring.ts';

/** The ring of an app's own keys. */
export function ownRing({ settings: { app, life, state }, slots }: AppRing): HolderRing {
  return { holder: { app }, life, retired: state !== 'live', slots };
}
