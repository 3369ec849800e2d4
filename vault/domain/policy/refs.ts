// Refs inside JSON: objects with the one reserved key. A bare string is never a ref.

import { isJsonObject, type JsonObject } from '../../../wire/json-object.ts';
import { MAX_ENTRY_PARTS, MAX_JSON_DEPTH } from '../../../wire/limits.ts';
import { SENSITIVE_KEY } from '../../../wire/refs.ts';
import { DaykeyError } from '../errors.ts';
import { type Place, placeCounter, shownPointerTo } from './place.ts';

/** A ref and where it stands. */
export interface FoundRef {
  readonly place: Place | undefined;
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
  if (isPlain(root, 1)) return NO_REFS;
  const refs: FoundRef[] = [];
  const holders = new Set<unknown>();
  const count = placeCounter('refs', MAX_ENTRY_PARTS);
  const holdsRef = (value: unknown, place: Place | undefined, depth: number): boolean => {
    if (typeof value !== 'object' || value === null) return false;
    if (depth > MAX_JSON_DEPTH) throw tooDeep(place);
    let holds = false;
    if (hasReservedKey(value)) {
      const refusal = refuse(value) ?? refuseMalformed(value);
      if (refusal !== undefined) throw notAllowed(refusal, place);
      count(place);
      refs.push({ place, ref: String(value[SENSITIVE_KEY]) });
      holds = true;
    } else {
      for (const [name, below] of stepsInto(value)) {
        if (typeof below === 'object' && holdsRef(below, { parent: place, name }, depth + 1)) holds = true;
      }
    }
    if (holds) holders.add(value);
    return holds;
  };
  holdsRef(root, undefined, 1);
  return { refs, holders };
}

/** Calls `visit` with the largest parts of a value that hold no ref: the value itself, when it holds none. */
export function visitPartsWithoutRefs(
  value: unknown,
  place: Place | undefined,
  holders: ReadonlySet<unknown>,
  visit: (place: Place | undefined, value: unknown) => void,
): void {
  if (!holders.has(value)) visit(place, value);
  else if (!hasReservedKey(value)) {
    for (const [name, below] of stepsInto(value as object)) {
      visitPartsWithoutRefs(below, { parent: place, name }, holders, visit);
    }
  }
}

const NO_REFS: RefScan = { refs: [], holders: new Set() };

/** Whether there is neither a reserved key nor too deep a level: the usual case, found without noting any place. */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth > MAX_JSON_DEPTH) return false;
  if (Array.isArray(value)) {
    for (const element of value) {
      if (typeof element === 'object' && !isPlain(element, depth + 1)) return false;
    }
    return true;
  }
  const members = value as JsonObject;
  for (const name of Object.keys(members)) {
    if (name === SENSITIVE_KEY) return false;
    const member = members[name];
    if (typeof member === 'object' && !isPlain(member, depth + 1)) return false;
  }
  return true;
}

/** Members or elements, each with its name or index. */
function stepsInto(value: object): Iterable<[string | number, unknown]> {
  return Array.isArray(value) ? value.entries() : Object.entries(value);
}

function refuseMalformed(value: JsonObject): string | undefined {
  if (typeof value[SENSITIVE_KEY] === 'string' && Object.keys(value).length === 1) return undefined;
  return `the reserved key ${SENSITIVE_KEY} must hold a ref, and have no other member beside it`;
}

function notAllowed(message: string, place: Place | undefined): DaykeyError {
  return new DaykeyError('ref-not-allowed', message, { paths: [shownPointerTo(place)] });
}

function tooDeep(place: Place | undefined): DaykeyError {
  const message = `at most ${MAX_JSON_DEPTH} objects and arrays may be inside one another: send less deep JSON`;
  return new DaykeyError('invalid-request', message, { paths: [shownPointerTo(place)] });
}
