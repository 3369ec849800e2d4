// What of an entry is to be sealed, and by which rule.

import type { Context, Entry } from './entry.ts';
import { visitPlaces } from './places.ts';
import type { Policy } from './policy.ts';
import { type Decision, decide } from './rules.ts';
import { UNKNOWN_SHAPE } from './shape.ts';

/** A decision, and where in the entry it seals. */
export interface Classification extends Decision {
  /** JSON pointers (RFC 6901) below `/data`, none within another; none when the entry is not sensitive. */
  readonly pointers: readonly string[];
}

const DATA = '/data';

/**
 * Classifies an entry. Never throws for any JSON object: what it does not understand it has sealed. Whether the refs in
 * the entry may be there is for `planSealing` to say.
 */
export function classify(entry: Entry, context: Context, policy: Policy): Classification {
  const type = policy.catalogue.get(entry.type);
  const { sensitive, rule, reason } = decide(type?.kind, entry, context, policy);
  const pointers: string[] = [];
  if (sensitive && Object.hasOwn(entry, 'data')) {
    visitPlaces(entry.data, DATA, type?.shape ?? UNKNOWN_SHAPE, { sensitive: (pointer) => pointers.push(pointer) });
  }
  return { sensitive, rule, reason, pointers };
}
