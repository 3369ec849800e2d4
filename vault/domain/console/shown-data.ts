// What the log shows of an entry's data: what its type keeps readable, and stars for all else.

import { isJsonObject, type JsonObject } from '../../../wire/json-object.ts';
import { MAX_ENTRY_PARTS } from '../../../wire/limits.ts';
import { REDACTED } from '../../../wire/refs.ts';
import { isFieldSealed, visitFields } from '../policy/fields.ts';
import { placeCounter, pointerTo } from '../policy/place.ts';
import { replaced } from '../policy/pointer.ts';
import type { Policy } from '../policy/policy.ts';
import { scanRefs, visitPartsWithoutRefs } from '../policy/refs.ts';
import { UNKNOWN_SHAPE } from '../policy/shape.ts';

/** Bytes of the JSON text that a row keeps. */
export const MAX_SHOWN_BYTES = 16 * 1024;

/**
 * The JSON text of an entry's data as the log shows it: stars in the place of refs and of everything that the catalogue
 * would seal if the entry were sensitive. `undefined` when there is no data, or too much of it.
 *
 * @param showPlain keeps what is not a ref, for an entry that is not sensitive.
 * @throws DaykeyError as `scanRefs` does.
 */
export function shownData(entry: JsonObject, policy: Policy, showPlain: boolean): string | undefined {
  if (!Object.hasOwn(entry, 'data')) return undefined;
  const { refs, holders } = scanRefs(entry);
  const stars = new Map<string, unknown>();
  const count = placeCounter('stars', MAX_ENTRY_PARTS);
  for (const { place } of refs) if (place[0] === 'data') stars.set(pointerTo(place), REDACTED);
  if (!showPlain) {
    const shape = policy.catalogue.get(String(entry.type))?.shape ?? UNKNOWN_SHAPE;
    visitFields(entry.data, ['data'], shape, (trail, value, field, isExpected) => {
      if (!isFieldSealed(field, isExpected)) return;
      visitPartsWithoutRefs(value, trail, holders, (part) => {
        count(part);
        stars.set(pointerTo(part), REDACTED);
      });
    });
  }
  const shown = replaced(entry, stars);
  const text = isJsonObject(shown) ? JSON.stringify(shown.data) : undefined;
  return text !== undefined && Buffer.byteLength(text) <= MAX_SHOWN_BYTES ? text : undefined;
}
