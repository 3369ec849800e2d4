// Refs inside JSON: objects with the one reserved key. A bare string is never a ref.

import { isJsonObject, type JsonObject } from '../../../wire/json-object.ts';
import { MAX_ENTRY_PARTS, MAX_JSON_DEPTH } from '../../../wire/limits.ts';
import { SENSITIVE_KEY } from '../../../wire/refs.ts';
import { DaykeyError } from '../errors.ts';
import { type Place, placeCounter, shownPointerTo, type Trail } from './place.ts';

/** A ref and where it stands. */
export interface FoundRef {
  readonly place: Place;
  /** Any string: whether it is a ref shows when it is opened. */
  readonly ref: string;
}

/** All refs in a value. */
export interface RefScan {
  /** In the order of the value. */
  readonly refs: readonly FoundRef[];
  /** The refs themselves, and every object and array that holds one at any depth. */
  readonly holders: ReadonlySet<unknown>;
}

/** Whether an object has the reserved key, as a ref or as something that looks like one. */
export function hasReservedKey(value: unknown): value is JsonObject {
  return isJsonObject(value) && Object.hasOwn(value, SENSITIVE_KEY);
}

/**
 * Finds all refs in one pass, and stops at the first fault or limit.
 *
 * @param refuse Says what is wrong with an object that has the reserved key, or `undefined`.
 * @throws DaykeyError `ref-not-allowed` where the reserved key is in anything but `{ "$sensitive": text }`, or `refuse`
 * says so; `invalid-request` beyond 64 levels of objects and arrays; `too-large` beyond 1,024 refs. The first two name the
 * place.
 */
export function scanRefs(root: unknown, refuse: (value: JsonObject) => string | undefined = refuseMalformed): RefScan {
  const refs: FoundRef[] = [];
  const holders = new Set<unknown>();
  const count = placeCounter('refs', MAX_ENTRY_PARTS);
  const trail: Trail = [];
  const holdsRef = (value: unknown, name: string | number): boolean => {
    if (typeof value !== 'object' || value === null) return false;
    trail.push(name);
    const holds = isOrHoldsRef(value);
    trail.pop();
    return holds;
  };
  const isOrHoldsRef = (value: object): boolean => {
    // The trail has a name for each level below the root.
    if (trail.length >= MAX_JSON_DEPTH) throw tooDeep(trail);
    let holds = false;
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index += 1) if (holdsRef(value[index], index)) holds = true;
    } else if (hasReservedKey(value)) {
      const refusal = refuse(value) ?? refuseMalformed(value);
      if (refusal !== undefined) throw notAllowed(refusal, trail);
      count(trail);
      refs.push({ place: [...trail], ref: String(value[SENSITIVE_KEY]) });
      holds = true;
    } else {
      const members = value as JsonObject;
      for (const name of Object.keys(members)) if (holdsRef(members[name], name)) holds = true;
    }
    if (holds) holders.add(value);
    return holds;
  };
  if (typeof root === 'object' && root !== null) isOrHoldsRef(root);
  return { refs, holders };
}

/** Calls `visit` with the largest parts of a value that hold no ref: the value itself, when it holds none. */
export function visitPartsWithoutRefs(
  value: unknown,
  trail: Trail,
  holders: ReadonlySet<unknown>,
  visit: (trail: Trail, value: unknown) => void,
): void {
  if (!holders.has(value)) visit(trail, value);
  else if (!hasReservedKey(value)) {
    for (const [name, below] of Object.entries(value as object)) {
      trail.push(name);
      visitPartsWithoutRefs(below, trail, holders, visit);
      trail.pop();
    }
  }
}

function refuseMalformed(value: JsonObject): string | undefined {
  if (typeof value[SENSITIVE_KEY] === 'string' && Object.keys(value).length === 1) return undefined;
  return `the reserved key ${SENSITIVE_KEY} must hold a ref, and have no other member beside it`;
}

function notAllowed(message: string, place: Place): DaykeyError {
  return new DaykeyError('ref-not-allowed', message, { paths: [shownPointerTo(place)] });
}

function tooDeep(place: Place): DaykeyError {
  const message = `at most ${MAX_JSON_DEPTH} objects and arrays may be inside one another: send less deep JSON`;
  return new DaykeyError('invalid-request', message, { paths: [shownPointerTo(place)] });
}
