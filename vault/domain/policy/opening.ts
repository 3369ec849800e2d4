// Opening an entry on its way out: where its refs are, and the entry with values or stars in their place.

import { REDACTED } from '../../../wire/refs.ts';
import { replaced } from './pointer.ts';
import { type RefAt, scanRefs } from './refs.ts';

/** What stands for a ref that was not opened: the five stars, `null` for readers that want no text there, or the ref. */
export type RedactAs = 'string' | 'null' | 'ref';

/**
 * All refs of any JSON value, in the order in which they stand. Any string counts as a token: one that does not open
 * will be redacted.
 *
 * @throws DaykeyError `ref-not-allowed` where the reserved key stands in anything else than a ref, `invalid-request`
 * beyond 64 levels; each with the pointer of the first such place.
 */
export function findRefs(value: unknown): readonly RefAt[] {
  return scanRefs(value).refs;
}

/**
 * The value with what was opened in the place of its refs, and all other refs redacted. What was opened is put in as it
 * is: a ref inside of it stays what it is, JSON that somebody sent. Shares with the original what lies outside the refs.
 *
 * @throws DaykeyError as `findRefs` does; Error when a value is meant for a place where no ref is.
 */
export function applyOpened(
  value: unknown,
  valuesByPointer: ReadonlyMap<string, unknown>,
  redactAs: RedactAs = 'string',
): unknown {
  const refs = findRefs(value);
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
