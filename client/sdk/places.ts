// Where refs stand in JSON, and a copy with something else there.

import { MAX_JSON_DEPTH } from '../../wire/limits.ts';
import { SENSITIVE_KEY } from '../../wire/refs.ts';
import { DaykeyProblem } from './problem.ts';
import { Sensitive } from './sensitive.ts';

/** What stands in a copy in the place of a ref, and of plaintext that was put in unsealed. */
export interface Substitutes {
  ref(token: string): unknown;
  sensitive(value: Sensitive<unknown>): unknown;
  /** And of an object that is no JSON, such as a date. @default the object itself */
  other?(value: object, path: string): unknown;
}

/**
 * A copy of JSON with substitutes in the place of refs and of {@link Sensitive}. They are put in as they are, never looked
 * into; names such as `__proto__` stay names.
 *
 * @throws DaykeyProblem `ref-not-allowed` where the reserved key holds anything else than a ref, `invalid-request` beyond
 * 64 levels, as the vault does; with the path.
 */
export function substituted(value: unknown, path: string, substitutes: Substitutes, depth = 1): unknown {
  if (value instanceof Sensitive) return substitutes.sensitive(value);
  if (typeof value !== 'object' || value === null) return value;
  if (!isPlain(value)) return substitutes.other ? substitutes.other(value, path) : value;
  if (depth > MAX_JSON_DEPTH) {
    const detail = `at most ${MAX_JSON_DEPTH} objects and arrays may be inside one another`;
    throw new DaykeyProblem('invalid-request', detail, { paths: [path] });
  }
  if (Array.isArray(value)) {
    return value.map((element, index) => substituted(element, `${path}.${index}`, substitutes, depth + 1));
  }
  if (Object.hasOwn(value, SENSITIVE_KEY)) return substitutes.ref(tokenOf(value, path));
  // Unlike an assignment, fromEntries defines `__proto__` as a member like any other.
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      substituted(member, `${path}.${name}`, substitutes, depth + 1),
    ]),
  );
}

/** Whether it is what `JSON.parse` makes, in whichever realm: an array or a plain object. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function tokenOf(value: object, path: string): string {
  const members = Object.entries(value);
  const [, token]: [string?, unknown?] = members[0] ?? [];
  if (typeof token === 'string' && members.length === 1) return token;
  const detail = `the reserved key ${SENSITIVE_KEY} may only hold a ref, and stand alone`;
  throw new DaykeyProblem('ref-not-allowed', detail, { paths: [path] });
}
