// The JSON text of one value to seal, within its limit.

import { MAX_FIELD_BYTES } from '../../wire/limits.ts';
import { DaykeyError } from '../domain/errors.ts';
import { shownPointer } from '../domain/policy/place.ts';

/** The JSON text of a value. @throws DaykeyError `too-large` with its path. */
export function fieldJson(value: unknown, path: string): string {
  const json = JSON.stringify(value);
  if (Buffer.byteLength(json) > MAX_FIELD_BYTES) {
    throw new DaykeyError('too-large', `a field has at most ${MAX_FIELD_BYTES} bytes of JSON text`, {
      paths: [shownPointer(path)],
    });
  }
  return json;
}
