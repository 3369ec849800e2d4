// The keys of rows of the ring table: of the record of an app, and of slots. Apart from the rows, whose schemas not every function needs.

import { holderName, type KeyHolder } from '../../vault/domain/kek-life/holder.ts';
import { RING_TABLE } from '../config.ts';
import type { ItemKey } from './calls.ts';

const SLOT_DIGITS = 12;

/** Sort key of the record of an app. */
export const RECORD_ROW = 'settings';

/** Key of the record of an app. */
export function recordKey(app: string): ItemKey {
  return { pk: app, sk: RECORD_ROW };
}

/** Partition and sort key of a slot in the ring. Its partition is one that the rotator may write. */
export function slotKey(holder: KeyHolder, slot: number): ItemKey {
  return { pk: slotPartition(holder), sk: slotSortKey(slot) };
}

/** The partition of the ring that has a holder's slots: `slots#shop`, `slots#pool#3`. */
export function slotPartition(holder: KeyHolder): string {
  return `${RING_TABLE.slots}${holderName(holder)}`;
}

/** Sort key of a slot. Padded, so that keys sort by time. */
export function slotSortKey(slot: number): string {
  return `slot#${String(slot).padStart(SLOT_DIGITS, '0')}`;
}

/** The slot in a sort key that {@link slotSortKey} made. */
export function slotInSortKey(sortKey: string): number {
  return Number(sortKey.slice('slot#'.length));
}
