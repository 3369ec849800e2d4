// The sort key of a slot's rows. Apart from the row itself, whose schema not every function needs.

const SLOT_DIGITS = 12;

/** Sort key of a slot. Padded, so that keys sort by time. */
export function slotSortKey(slot: number): string {
  return `slot#${String(slot).padStart(SLOT_DIGITS, '0')}`;
}
