// The keys of a slot's rows. Apart from the row itself, whose schema not every function needs.

import { RING_TABLE } from '../config.ts';

const SLOT_DIGITS = 12;

/** Partition and sort key of a slot in the ring. Its partition is one that the rotator may write. */
export function slotKey(app: string, slot: number): { pk: string; sk: string } {
  return { pk: slotPartition(app), sk: slotSortKey(slot) };
}

/** The partition of the ring that holds an app's slots. */
export function slotPartition(app: string): string {
  return `${RING_TABLE.slots}${app}`;
}

/** Sort key of a slot. Padded, so that keys sort by time. */
export function slotSortKey(slot: number): string {
  return `slot#${String(slot).padStart(SLOT_DIGITS, '0')}`;
}
