// What templates get in the place of refs and plaintext: stars for everything in a template except our filters.

import { REDACTED, SENSITIVE_KEY } from '../../wire/refs.ts';
import { copyWith, type Substitutes } from '../sdk/copy.ts';
import type { Sensitive } from '../sdk/sensitive.ts';

/** What is under a cover: a ref, or plaintext that is still wrapped. */
type Original = { readonly [SENSITIVE_KEY]: string } | Sensitive<unknown>;

// Kept beside the covers, because a template can read every member of an object.
const originals = new WeakMap<object, Original>();

/** A string object, so that it prints, joins, concatenates, dumps and turns to upper case as the stars that it is. */
class Covered extends String {}

/** Stars for an original. */
export function covered(original: Original): object {
  return covering(new Covered(REDACTED), original);
}

/** Lets an object stand for an original. */
export function covering(object: object, original: Original): object {
  originals.set(object, original);
  return object;
}

/** A copy of a value with every ref and every `Sensitive` in it covered. @throws DaykeyProblem as `copyWith` does. */
export function withCovers(value: unknown, name: string): unknown {
  return copyWith({ ref: (ref) => covered({ [SENSITIVE_KEY]: ref }), sensitive: covered }, value, [name]);
}

/** A copy with substitutes for what is covered, and for what is not and should be. */
export function uncovered(value: unknown, substitutes: Pick<Substitutes, 'ref' | 'sensitive'>): unknown {
  const other = (part: unknown): unknown => {
    if (Object(part) !== part) return part;
    const original = originals.get(part as object);
    if (original !== undefined) return copyWith(substitutes, original, ['value']);
    // A safe string of Nunjucks, or another string object.
    return part instanceof String ? String(part) : part;
  };
  return copyWith({ ...substitutes, other }, value, ['value']);
}
