// A slot and its dates. The dates are fixed when the key is made; nothing is recomputed from settings later.

import { createHash } from 'node:crypto';
import { type Buckets, bucketRefusedFromS, bucketsFor } from './bucket.ts';
import type { KekLife } from './life.ts';

/** The dates of one app KEK, in seconds since 1970. `slot` is a, the second from which it encrypts, and the slot's ID. */
export interface SlotDates extends Buckets {
  /** a + C: the next slot takes over. */
  readonly endsAtS: number;
  /** T1 = a + C + G: KMS itself refuses Encrypt from here on. */
  readonly encryptUntilS: number;
  /** T2 = T1 + T + M: KMS itself refuses Decrypt from here on. */
  readonly decryptUntilS: number;
  /** M, as it was when the key was made. */
  readonly marginS: number;
  /** T, as it was when the key was made. */
  readonly maxTtlS: number;
}

/** Where a slot is in its life; only the clock moves it to the next one. */
export type Phase = 'created' | 'active' | 'grace' | 'decrypt-only' | 'destroyed';

/** The dates of a slot that becomes active at `slot` and ends at `endsAtS`. */
export function slotDates(slot: number, endsAtS: number, life: KekLife): SlotDates {
  const encryptUntilS = endsAtS + life.graceS;
  const lastExpiryS = encryptUntilS + life.maxTtlS;
  return {
    slot,
    endsAtS,
    encryptUntilS,
    decryptUntilS: lastExpiryS + life.marginS,
    marginS: life.marginS,
    maxTtlS: life.maxTtlS,
    ...bucketsFor(slot, lastExpiryS),
  };
}

/** The phase of a slot at an instant. At a date the later phase holds. */
export function phaseAt(dates: SlotDates, nowS: number): Phase {
  if (nowS >= dates.decryptUntilS) return 'destroyed';
  if (nowS >= dates.encryptUntilS) return 'decrypt-only';
  if (nowS >= dates.endsAtS) return 'grace';
  if (nowS >= dates.slot) return 'active';
  return 'created';
}

/** The latest expiry that may be sealed under this slot: T2 - M. */
export function latestExpiryS(dates: SlotDates): number {
  return dates.decryptUntilS - dates.marginS;
}

/** The second from which KMS refuses to decrypt what lies in this bucket: soon after its end, at T2 at the latest. */
export function refusedFromS(dates: SlotDates, bucket: number): number {
  return Math.min(bucketRefusedFromS(dates, bucket), dates.decryptUntilS);
}

/** The start of the regular slot that holds `nowS`: holders are spread over the cycle by a hash of their name. */
export function regularSlotAt(holderName: string, life: KekLife, nowS: number): number {
  return gridStart(holderName, life.cycleS, nowS);
}

/** The latest second, not after `nowS`, of those that are so many seconds apart, spread by a hash of the name. */
export function gridStart(name: string, everyS: number, nowS: number): number {
  const offset = createHash('sha256').update(name).digest().readUInt32BE(0) % everyS;
  return Math.floor((nowS - offset) / everyS) * everyS + offset;
}
