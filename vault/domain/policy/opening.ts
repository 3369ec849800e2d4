// Opening an entry on its way out: where its refs are, and the entry with values or stars in their place.

import type { RedactAs } from '../../../wire/outgoing.ts';
import { REDACTED } from '../../../wire/refs.ts';
import { pointerTo } from './place.ts';
import { replaced } from './pointer.ts';
import { scanRefs } from './refs.ts';

/** A ref and where it stands. */
export interface RefAt {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  /** Any string. One that is not a ref is redacted. */
  readonly ref: string;
}

/**
 * All refs of any JSON value, in the order of the value.
 *
 * @throws DaykeyError `ref-not-allowed` where the reserved key is in anything but a ref, `invalid-request` beyond 64
 * levels, both with the pointer of the first such place; `too-large` beyond 1,024 refs.
 */
export function findRefs(value: unknown): readonly RefAt[] {
  return scanRefs(value).refs.map(({ place, ref }) => ({ pointer: pointerTo(place), ref }));
}

/**
 * The value with opened values in the place of their refs, and all other refs redacted. Opened values are put in as they
 * are: what looks like a ref inside one is data that someone sent. Shares with the original what lies outside the refs.
 *
 * @param refs What {@link findRefs} found in the value: searching it again would double the cost of a large one.
 * @throws Error when a value is meant for a place without a ref.
 */
export function applyOpened(
  value: unknown,
  refs: readonly RefAt[],
  valuesByPointer: ReadonlyMap<string, unknown>,
  redactAs: RedactAs,
): unknown {
  const places = new Set(refs.map(({ pointer }) => pointer));
  for (const pointer of valuesByPointer.keys()) {
    if (!places.has(pointer)) throw new Error(`no ref at ${pointer}`);
  }
  const replacements = new Map(valuesByPointer);
  for (const pointer of places) {
    if (redactAs !== 'ref' && !valuesByPointer.has(pointer)) {
      replacements.set(pointer, redactAs === 'null' ? null : REDACTED);
    }
  }
  return replaced(value, replacements);
}
