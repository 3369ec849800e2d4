// Which fields of a request share a bundle.

import { MAX_FIELDS } from '../../wire/limits.ts';
import { INNER_WRAP_BYTES, SEALED_FIELD_OVERHEAD_BYTES } from '../domain/envelope/field.ts';
import { PAD_TO_BYTES } from '../domain/envelope/padding.ts';
import { MAX_BUNDLE_BYTES } from '../ports/bundle-store.ts';

/** A field and its JSON text. */
export type NamedJson = readonly [name: string, json: string];

// What a field costs in an item besides its padded value; the last 16 bytes are its key in the map.
const FIELD_OVERHEAD_BYTES = SEALED_FIELD_OVERHEAD_BYTES + INNER_WRAP_BYTES + 16;
const BUNDLE_OVERHEAD_BYTES = 1024;

/** Fills bundles in the order of the fields, each up to 64 fields and 350 KB. */
export function bundlesBySize(fields: Iterable<NamedJson>): NamedJson[][] {
  const bundles: NamedJson[][] = [];
  let bytesLeft = 0;
  for (const field of fields) {
    const bytes = Buffer.byteLength(field[1]) + PAD_TO_BYTES + FIELD_OVERHEAD_BYTES;
    const last = bundles.at(-1);
    if (last && last.length < MAX_FIELDS && bytes <= bytesLeft) {
      last.push(field);
      bytesLeft -= bytes;
    } else {
      bundles.push([field]);
      bytesLeft = MAX_BUNDLE_BYTES - BUNDLE_OVERHEAD_BYTES - bytes;
    }
  }
  return bundles;
}
