// Places in JSON: names on the way while a value is searched, JSON pointers (RFC 6901) once the places are known to be few.

import { MAX_ANSWER_BYTES } from '../../../wire/limits.ts';
import { DaykeyError } from '../errors.ts';

/**
 * Where a value stands: the names and indexes on the way to it, none for the root. Not one text, because one long name above
 * many values would be in the text of each.
 */
export type Place = readonly (string | number)[];

/** The place of the value that a search is looking at. The search changes it, so copy it to keep it. */
export type Trail = (string | number)[];

/** Characters of a pointer in an error, at most. */
const MAX_SHOWN = 256;
/** Most names: a pointer prints them as they are, one byte a character. */
const PLAIN = /^\w*$/;
/** Characters up to which a name is looked at each time it comes, instead of once. */
const MAX_PLAIN = 32;

/** The JSON pointer of a place. Its length is the sum of the names, so bound places first (`placeCounter`). */
export function pointerTo(place: Place): string {
  let pointer = '';
  for (const name of place) pointer += `/${escaped(name)}`;
  return pointer;
}

/** The JSON pointer of a place for an error: its first 256 characters, if it is longer. */
export function shownPointerTo(place: Place): string {
  return shownPointer(pointerTo(place));
}

/** A JSON pointer for an error: its first 256 characters, if it is longer. */
export function shownPointer(pointer: string): string {
  return pointer.length > MAX_SHOWN ? `${pointer.slice(0, MAX_SHOWN)}…` : pointer;
}

/**
 * Counts places, and the bytes that their pointers take in the JSON text of an answer, without building a pointer.
 *
 * @param what The places in words: `sensitive parts`.
 * @returns To be called with each place. Throws DaykeyError `too-large` at the first one too many.
 */
export function placeCounter(what: string, max: number): (place: Place) => void {
  let places = 0;
  let bytes = 0;
  // One long name may lead to every place: it is printed once.
  let known: Map<string | number, number> | undefined;
  return (place) => {
    places += 1;
    for (const name of place) {
      if (isPlain(name)) bytes += 1 + String(name).length;
      else {
        known ??= new Map();
        const printed = known.get(name) ?? printedBytes(name);
        known.set(name, printed);
        bytes += 1 + printed;
      }
    }
    if (places > max) {
      throw new DaykeyError('too-large', `an entry has at most ${max} ${what}: send it in smaller entries`);
    }
    if (bytes > MAX_ANSWER_BYTES) {
      const message = `the JSON pointers to ${what} have at most ${MAX_ANSWER_BYTES} bytes together: use shorter names`;
      throw new DaykeyError('too-large', message);
    }
  };
}

/** Whether a pointer has the name as it is, one byte a character. Looks at no long names. */
function isPlain(name: string | number): boolean {
  return typeof name === 'number' || (name.length <= MAX_PLAIN && PLAIN.test(name));
}

/** Bytes of a name in the JSON text of a pointer. */
function printedBytes(name: string | number): number {
  return Buffer.byteLength(JSON.stringify(escaped(name))) - 2;
}

function escaped(name: string | number): string | number {
  if (typeof name === 'number' || !(name.includes('~') || name.includes('/'))) return name;
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
