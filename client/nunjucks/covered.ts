// What templates are given in the place of refs and plaintext: stars to whatever they do with it, except by our filters.

import { REDACTED, SENSITIVE_KEY } from '../../wire/refs.ts';
import { type Substitutes, substituted } from '../sdk/places.ts';
import type { Sensitive } from '../sdk/sensitive.ts';

/** What is under a cover: a ref, or plaintext that is still wrapped. */
type Original = { readonly [SENSITIVE_KEY]: string } | Sensitive<unknown>;

// Not a member of it: a template reads every member that there is.
const originals = new WeakMap<object, Original>();

/** A string object: it prints, joins, concatenates, dumps and turns to upper case as the stars that it is. */
class Covered extends String {}

/** Stars for an original. */
export function covered(original: Original): object {
  return covering(new Covered(REDACTED), original);
}

/** Has an object stand for an original. */
export function covering(object: object, original: Original): object {
  originals.set(object, original);
  return object;
}

/** A copy of a value with every ref and every `Sensitive` in it covered. @throws DaykeyProblem as `substituted` does. */
export function withCovers(value: unknown, path: string): unknown {
  return substituted(value, path, { ref: (token) => covered({ [SENSITIVE_KEY]: token }), sensitive: covered });
}

/** A copy with substitutes for what is covered, and for what is not and should be. */
export function uncovered(value: unknown, substitutes: Omit<Substitutes, 'other'>): unknown {
  const other = (object: object): unknown => {
    const original = originals.get(object);
    if (original !== undefined) return substituted(original, 'value', substitutes);
    // Nunjucks' own safe strings, as every other string object.
    return object instanceof String ? String(object) : object;
  };
  return substituted(value, 'value', { ...substitutes, other });
}
