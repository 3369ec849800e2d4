// Copies values member by member, with something else in the place of refs, plaintext, and what is not JSON.

import { MAX_JSON_DEPTH, MAX_REQUEST_BYTES } from '../../wire/limits.ts';
import { SENSITIVE_KEY } from '../../wire/refs.ts';
import { type DaykeyProblem, invalidRequest, isText, type Key, problemAt } from './problem.ts';
import { Sensitive } from './sensitive.ts';

/** What a copy holds instead of something else. It is put in as it is. */
export interface Substitutes {
  /** In the place of `{ "$sensitive": ref }`. @default an object like any other */
  ref?(ref: string): unknown;
  /** In the place of plaintext that is still wrapped. `copied` copies what it is given, substitutes included. */
  sensitive(value: Sensitive<unknown>, keys: readonly Key[], copied: (part: unknown) => unknown): unknown;
  /**
   * In the place of what JSON would drop or change: `undefined`, a number that is not finite, half a surrogate pair, a
   * function, a date, an instance of a class. Also called for an object of which a copy
   * lacks members, and where a `toJSON` of all objects would change it. @default itself
   */
  other?(value: unknown, keys: readonly Key[]): unknown;
}

/**
 * A copy of a value. Names such as `__proto__` stay plain names.
 *
 * @param path Where the value stands, to name faults by.
 * @param maxBytes How much JSON text the copy may become. An object that stands in many places is copied for each of them.
 * @throws DaykeyProblem `ref-not-allowed` where refs are substituted and the reserved key holds something else,
 * `invalid-request` for more levels than a request may have, and `too-large` for more parts than `maxBytes` have room for.
 */
export function copyWith(
  substitutes: Substitutes,
  value: unknown,
  path: readonly Key[],
  maxBytes = MAX_REQUEST_BYTES,
): unknown {
  const { ref, sensitive, other = (part) => part } = substitutes;
  const keys = [...path];
  let bytesLeft = maxBytes + 1;

  function copied(part: unknown): unknown {
    if (part instanceof Sensitive) return sensitive(part, keys, copied);
    // A part takes at least one character of JSON text, and a comma or a bracket.
    bytesLeft -= 2;
    if (bytesLeft < 0) throw tooLarge(path, maxBytes);
    if (typeof part !== 'object' || part === null) return isJsonScalar(part) ? part : other(part, keys);
    if (!Array.isArray(part) && !isBuiltIn(part, 1)) return other(part, keys);
    // The body of the request is one more level.
    if (keys.length >= MAX_JSON_DEPTH) throw invalidRequest(`over ${MAX_JSON_DEPTH} levels, or a cycle`, keys);
    const members = Object.entries(part);
    // An array has one more key, `length`, and inherits a `toJSON` that someone gave to all arrays or all objects.
    const kept = Array.isArray(part) ? part.length + 1 : members.length;
    if (!isBuiltIn(part, 2) || Reflect.ownKeys(part).length > kept || 'toJSON' in []) other(part, keys);
    if (Array.isArray(part)) return Array.from(part, memberCopied);
    if (ref && Object.hasOwn(part, SENSITIVE_KEY)) return ref(refIn(members, keys));
    // Unlike an assignment, fromEntries defines `__proto__` as a member like any other.
    return Object.fromEntries(members.map(([name, member]) => [name, memberCopied(member, name)]));
  }

  function memberCopied(member: unknown, key: Key): unknown {
    keys.push(key);
    const copy = copied(member);
    keys.pop();
    return copy;
  }

  return copied(value);
}

/** A copy of a valid date, of whichever realm; `undefined` for anything else, an instance of a subclass included. */
export function dateIn(value: unknown): Date | undefined {
  if (Object.prototype.toString.call(value) !== '[object Date]' || !isBuiltIn(value as object, 2)) return undefined;
  const date = new Date(value as Date);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Whether it is no instance of a class of the caller's: plain objects have at most one prototype, arrays and dates two. */
export function isBuiltIn(value: object, prototypes: number): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || (prototypes > 0 && isBuiltIn(prototype as object, prototypes - 1));
}

/** The problem of a value with too much JSON text. */
export function tooLarge(path: readonly Key[], maxBytes: number): DaykeyProblem {
  return problemAt(path, 'too-large', `over ${maxBytes} bytes of JSON`);
}

function isJsonScalar(value: unknown): boolean {
  if (isText(value)) return value.isWellFormed();
  return value === null || typeof value === 'boolean' || Number.isFinite(value);
}

function refIn(members: readonly [string, unknown][], keys: readonly Key[]): string {
  const [, ref] = members[0] ?? [];
  if (isText(ref) && members.length === 1) return ref;
  throw problemAt(keys, 'ref-not-allowed', `${SENSITIVE_KEY} holds a ref, with nothing beside it`);
}
