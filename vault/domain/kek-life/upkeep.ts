// What keys are made for: the life that settings ask of them, and whether any are made at all.

import { type AppSettings, currentPool } from '../settings.ts';
import { isSameHolder, type KeyHolder, keyHolder } from './holder.ts';
import type { HolderRing } from './ring.ts';

/** What is stored of a holder besides its slots. */
export type Upkeep = Pick<HolderRing, 'life' | 'retired'>;

/** A holder and what its keys are made for from now on. */
export interface UpkeepChange extends Upkeep {
  readonly holder: KeyHolder;
}

/** The holder of the keys that new values of an app are sealed with. */
export function currentHolder(settings: Pick<AppSettings, 'app' | 'keys'>): KeyHolder {
  return keyHolder(settings.app, currentPool(settings));
}

/** Whether both ask the same of keys. */
export function isSameUpkeep(one: Upkeep, other: Upkeep): boolean {
  const periods = Object.keys(one.life) as (keyof Upkeep['life'])[];
  return one.retired === other.retired && periods.every((period) => one.life[period] === other.life[period]);
}

/**
 * What the settings of an app change for holders of keys. A pool goes on when one of its apps ends, since others use it. Own
 * keys that an app no longer uses get no successor.
 */
export function upkeepChanges(settings: AppSettings, before: AppSettings | undefined): UpkeepChange[] {
  const { life } = settings;
  // Only a live app needs new keys; those of another live to their dates.
  const retired = settings.state !== 'live';
  const holder = currentHolder(settings);
  const former = before && currentHolder(before);
  const leftAlone: UpkeepChange[] =
    former && 'app' in former && !isSameHolder(former, holder) ? [{ holder: former, life, retired: true }] : [];
  return 'pool' in holder && retired ? leftAlone : [...leftAlone, { holder, life, retired }];
}
