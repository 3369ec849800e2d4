// When a holder is due next: the first second at which the plan has a step for it, or its keys are to be looked at.

import { createHash } from 'node:crypto';
import { holderName, type KeyHolder } from './holder.ts';
import { GONE_AT_LATEST_S, stepsDue } from './plan.ts';
import type { HolderRing, RingSlot } from './ring.ts';
import { gridStart } from './slot.ts';

/** A key that encrypts is looked at at least so often, in seconds: it may be disabled, or pending deletion. */
export const CHECK_EVERY_S = 15 * 60;
/** With short lives it is looked at so often in each lead. */
const CHECKS_A_LEAD = 4;

/** How many shards the holders that are due lie in: one would be a hot partition. */
export const DUE_SHARDS = 4;

/** The shard of a holder, by a hash of its name: 0 to 3. */
export function dueShard(holder: KeyHolder): number {
  return createHash('sha256').update(holderName(holder)).digest().readUInt8(0) % DUE_SHARDS;
}

/**
 * The next second at which the rotator must look at a holder, after `nowS`; `undefined` when nothing is ever to come. What is
 * due at `nowS` is due again a second later: it failed, or KMS is not ready, so the next run tries again.
 */
export function nextDueS(ring: HolderRing, nowS: number): number | undefined {
  if (stepsDue(ring, nowS).length > 0) return nowS + 1;
  const later = turningPoints(ring)
    .filter((atS) => atS > nowS)
    .sort((one, other) => one - other);
  const stepS = later.find((atS) => stepsDue(ring, atS).length > 0);
  const checkS = nextCheckS(ring, nowS);
  return stepS === undefined || checkS === undefined ? (stepS ?? checkS) : Math.min(stepS, checkS);
}

/** Whether the slot's key is to be looked at: it is or will be one that encrypts. */
export function needsCheck({ retired }: HolderRing, slot: RingSlot, nowS: number): boolean {
  return !retired && slot.state === 'ready' && nowS < slot.encryptUntilS;
}

/** The dates of a ring at which a step may become due: the plan walks from the end of one slot to the next, a lead ahead. */
function turningPoints({ life, slots }: HolderRing): number[] {
  return slots.flatMap((slot) => [
    slot.slot,
    slot.endsAtS - life.leadS,
    slot.endsAtS,
    slot.encryptUntilS,
    slot.decryptUntilS,
    ...(slot.lease ? [slot.lease.untilS] : []),
    ...(slot.goneAtS === undefined ? [] : [slot.goneAtS + GONE_AT_LATEST_S]),
  ]);
}

/** Checks are spread by the holder's name, so that holders that were set up together are not looked at together. */
function nextCheckS(ring: HolderRing, nowS: number): number | undefined {
  const everyS = Math.max(1, Math.min(CHECK_EVERY_S, Math.floor(ring.life.leadS / CHECKS_A_LEAD)));
  const checkS = gridStart(holderName(ring.holder), everyS, nowS) + everyS;
  return ring.slots.some((slot) => needsCheck(ring, slot, checkS)) ? checkS : undefined;
}
