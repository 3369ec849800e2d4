// How many KMS keys a vault needs, of those that an account may have in a Region.

import type { KekLife } from './life.ts';

/** KMS keys of an account in a Region, those pending deletion included (AWS KMS developer guide, resource quotas). */
export const KEY_QUOTA = 100_000;
/** The share of the quota that a vault may plan with: other keys of the account, and slots that are made again, need the rest. */
export const USABLE_SHARE = 0.9;

const DAY_S = 86_400;

/** Keys that one holder has on average: from the lead before its slot until KMS has deleted it. */
export function keysPerHolder(life: KekLife, deletionWindowDays: number): number {
  const { leadS, cycleS, graceS, maxTtlS, marginS } = life;
  return (leadS + cycleS + graceS + maxTtlS + marginS + deletionWindowDays * DAY_S) / cycleS;
}

/** How many apps with their own keys, pools included, fit the quota. */
export function mostHolders(life: KekLife, deletionWindowDays: number): number {
  return Math.floor((KEY_QUOTA * USABLE_SHARE) / keysPerHolder(life, deletionWindowDays));
}

/** What is wrong with so many apps with their own keys and so many pools; `undefined` when they fit. */
export function capacityProblem(
  { ownKeys, pools }: { readonly ownKeys: number; readonly pools: number },
  life: KekLife,
  deletionWindowDays: number,
): string | undefined {
  const most = mostHolders(life, deletionWindowDays);
  // Not `<=`: with invalid periods, which are reported elsewhere, `most` is NaN.
  if (!(ownKeys + pools > most)) return undefined;
  const keys = Math.ceil((ownKeys + pools) * keysPerHolder(life, deletionWindowDays));
  return (
    `${ownKeys} apps with their own keys${pools > 0 ? ` and ${pools} pools` : ''} need ${keys} KMS keys, and a vault may plan ` +
    `with ${KEY_QUOTA * USABLE_SHARE} of the ${KEY_QUOTA} of an account and Region: give apps keys: 'pooled', at most ${most} can have their own`
  );
}
