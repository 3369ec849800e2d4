// Refs inside JSON: objects with the one reserved key. A bare string is never a ref.

import { MAX_JSON_DEPTH } from '../../../wire/limits.ts';
import { SENSITIVE_KEY } from '../../../wire/refs.ts';
import { DaykeyError } from '../errors.ts';
import { isJsonObject, type JsonObject } from './entry.ts';
import { pointerBelow } from './pointer.ts';

/** A ref and where it stands. */
export interface RefAt {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  /** Any string: whether it is a token is for whoever opens it to say. */
  readonly token: string;
}

/** A value and where it stands. */
export interface ValueAt {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  readonly value: unknown;
}

/** All refs in a value. */
export interface RefScan {
  /** In the order in which they stand. */
  readonly refs: readonly RefAt[];
  /** The refs themselves and every object and array that holds one, however deep. */
  readonly holders: ReadonlySet<unknown>;
}

/** Whether an object has the reserved key, as a ref or as something that would pass for one. */
export function hasReservedKey(value: unknown): value is JsonObject {
  return isJsonObject(value) && Object.hasOwn(value, SENSITIVE_KEY);
}

/**
 * Finds all refs in one pass.
 *
 * @throws DaykeyError `ref-not-allowed` where the reserved key stands in anything else than a ref, `invalid-request`
 * where more than 64 objects and arrays are inside one another; each with the pointer of the first such place.
 */
export function scanRefs(root: unknown): RefScan {
  const refs: RefAt[] = [];
  const holders = new Set<unknown>();
  const holdsRef = (value: unknown, pointer: string, depth: number): boolean => {
    if (typeof value !== 'object' || value === null) return false;
    if (depth > MAX_JSON_DEPTH) throw tooDeep(pointer);
    let holds = false;
    if (Array.isArray(value)) {
      for (const [index, element] of value.entries()) {
        if (typeof element === 'object' && holdsRef(element, pointerBelow(pointer, index), depth + 1)) holds = true;
      }
    } else if (hasReservedKey(value)) {
      refs.push({ pointer, token: tokenOf(value, pointer) });
      holds = true;
    } else {
      for (const [name, member] of Object.entries(value)) {
        if (typeof member === 'object' && holdsRef(member, pointerBelow(pointer, name), depth + 1)) holds = true;
      }
    }
    if (holds) holders.add(value);
    return holds;
  };
  holdsRef(root, '', 1);
  return { refs, holders };
}

/** The largest parts of a value that hold no ref; the value itself when it holds none. */
export function partsWithoutRefs(value: unknown, pointer: string, holders: ReadonlySet<unknown>): ValueAt[] {
  if (!holders.has(value)) return [{ pointer, value }];
  if (Array.isArray(value)) {
    return value.flatMap((element, index) => partsWithoutRefs(element, pointerBelow(pointer, index), holders));
  }
  if (hasReservedKey(value) || !isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    partsWithoutRefs(member, pointerBelow(pointer, name), holders),
  );
}

function tokenOf(value: JsonObject, pointer: string): string {
  const token = value[SENSITIVE_KEY];
  if (typeof token === 'string' && Object.keys(value).length === 1) return token;
  throw new DaykeyError('ref-not-allowed', `the reserved key ${SENSITIVE_KEY} may only hold a ref, and stand alone`, {
    paths: [pointer],
  });
}

function tooDeep(pointer: string): DaykeyError {
  const message = `at most ${MAX_JSON_DEPTH} objects and arrays may be inside one another: send less deep JSON`;
  return new DaykeyError('invalid-request', message, { paths: [pointer] });
}
