// What is due for one holder's ring: which slots to make, to finish, to destroy, to forget. Pure; the rotator carries it out.

import { holderName } from './holder.ts';
import { type HolderRing, isMadeFor, type RingSlot } from './ring.ts';
import { phaseAt, regularSlotAt, type SlotDates, slotDates } from './slot.ts';

/** One thing the rotator has to do. Doing it twice, or at the same time as another rotator, does no harm. */
export type Step =
  /** Make the slot's key, or finish what a rotator that is gone has begun. */
  | { readonly do: 'make'; readonly dates: SlotDates }
  /** Schedule the deletion of the slot's key: T2 has come. */
  | { readonly do: 'destroy'; readonly slot: RingSlot & { readonly keyArn: string } }
  /** Ask KMS whether the slot's key is gone, and drop the row once it is. */
  | { readonly do: 'confirm'; readonly slot: RingSlot & { readonly keyArn: string } }
  /** Drop the row: nothing is behind it any more. */
  | { readonly do: 'forget'; readonly slot: RingSlot };

/** How long after its date KMS may still delete a key, in seconds (AWS KMS API reference, ScheduleKeyDeletion). */
export const GONE_AT_LATEST_S = 24 * 3600;

/** Everything due at `nowS`, the most urgent first. */
export function stepsDue(ring: HolderRing, nowS: number): Step[] {
  return [...(ring.retired ? [] : slotsToMake(ring, nowS)), ...slotsToEnd(ring, nowS)];
}

/** Whether encryption is provided for at `atS`: a ready slot made for today's life of keys covers it. */
export function isCovered(ring: HolderRing, atS: number): boolean {
  return coverAt(ring, atS)?.state === 'ready';
}

function slotsToMake(ring: HolderRing, nowS: number): Step[] {
  const steps: Step[] = [];
  const horizonS = nowS + ring.life.leadS;
  for (let atS = nowS; atS <= horizonS; ) {
    const cover = coverAt(ring, atS);
    if (cover?.state !== 'ready') {
      const dates = cover ?? datesFor(ring, atS, nowS);
      // While another rotator's lease runs, it is that rotator's work.
      if (!cover?.lease || cover.lease.untilS <= nowS) steps.push({ do: 'make', dates });
      atS = dates.endsAtS;
    } else {
      atS = cover.endsAtS;
    }
  }
  return steps;
}

function slotsToEnd(ring: HolderRing, nowS: number): Step[] {
  return ring.slots.flatMap((slot): Step[] => {
    const { keyArn, state } = slot;
    const phase = phaseAt(slot, nowS);
    if (state === 'destroyed') {
      if (keyArn === undefined || slot.goneAtS === undefined)
        return phase === 'destroyed' ? [{ do: 'forget', slot }] : [];
      // Before T2 the rotator may not schedule a deletion again, which a key needs that was brought back.
      const isDue = phase === 'destroyed' && nowS >= slot.goneAtS + GONE_AT_LATEST_S;
      return isDue ? [{ do: 'confirm', slot: { ...slot, keyArn } }] : [];
    }
    if (keyArn !== undefined) return phase === 'destroyed' ? [{ do: 'destroy', slot: { ...slot, keyArn } }] : [];
    const isOver = phase === 'decrypt-only' || phase === 'destroyed';
    return isOver && (!slot.lease || slot.lease.untilS <= nowS) ? [{ do: 'forget', slot }] : [];
  });
}

/** The newest slot, made for today's settings, that is or will be the one to encrypt at `atS`. */
function coverAt(ring: HolderRing, atS: number): RingSlot | undefined {
  return ring.slots
    .filter(({ state }) => state === 'claimed' || state === 'created' || state === 'ready')
    .filter((slot) => isMadeFor(slot, ring.life))
    .find(({ slot, endsAtS }) => slot <= atS && atS < endsAtS);
}

/**
 * The slot to make for `atS`. A slot for later starts where the one before it ends; a slot that is missing now has its
 * regular start. If a lost key or one of other settings has that start, the slot gets the nearest free second before it.
 * Only the ring decides, so rotators that run at the same time choose the same slot.
 */
function datesFor(ring: HolderRing, atS: number, nowS: number): SlotDates {
  const { holder, life } = ring;
  const regular = regularSlotAt(holderName(holder), life, atS);
  const taken = new Set(ring.slots.map(({ slot }) => slot));
  let slot = atS > nowS ? atS : regular;
  while (taken.has(slot)) slot -= 1;
  return slotDates(slot, regular + life.cycleS, life);
}
