// Sealing an entry: which values to seal, and the entry with refs in their place.

import { SENSITIVE_KEY } from '../../../wire/refs.ts';
import { parseRef } from '../envelope/ref.ts';
import { DaykeyError } from '../errors.ts';
import type { Classification } from './classify.ts';
import type { Entry } from './entry.ts';
import { replaced, valueAt } from './pointer.ts';
import { partsWithoutRefs, scanRefs, type ValueAt } from './refs.ts';

export interface PlanOptions {
  /** Whether the entry may hold refs: it comes from the app's own code. */
  readonly refsAllowed: boolean;
}

/**
 * The values to seal: for each place of the classification the largest parts that hold no ref. Refs stay where they are.
 * Call it for entries that are not sensitive too: it is what keeps refs from outside out.
 *
 * @throws DaykeyError `ref-not-allowed` where the reserved key may not be or holds no token, `invalid-request` beyond
 * 64 levels; each with the pointer of the first such place.
 */
export function planSealing(entry: Entry, { pointers }: Classification, options: PlanOptions): ValueAt[] {
  const { holders } = admittedRefs(entry, options);
  return pointers.flatMap((pointer) => partsWithoutRefs(valueAt(entry, pointer), pointer, holders));
}

/** The refs of an entry, once it is sure that they may be there. @throws DaykeyError as {@link planSealing} does. */
export function admittedRefs(entry: Entry, { refsAllowed }: PlanOptions): ReturnType<typeof scanRefs> {
  const scanned = scanRefs(entry);
  // Else plaintext could pass through as a token.
  const refused = scanned.refs.find(({ token }) => !refsAllowed || !isToken(token));
  if (refused) {
    const message = refsAllowed
      ? `${SENSITIVE_KEY} holds no token`
      : `the reserved key ${SENSITIVE_KEY} is not taken here`;
    throw new DaykeyError('ref-not-allowed', message, { paths: [refused.pointer] });
  }
  return scanned;
}

/**
 * The entry with a ref in the place of each sealed value. Shares with the original, which stays as it was, what lies
 * outside those places.
 *
 * @throws Error when a pointer leads nowhere, or into another.
 */
export function applySealed(entry: Entry, tokensByPointer: ReadonlyMap<string, string>): Entry {
  const refs = [...tokensByPointer].map(([pointer, token]) => [pointer, { [SENSITIVE_KEY]: token }] as const);
  return replaced(entry, new Map(refs)) as Entry;
}

function isToken(text: string): boolean {
  const ref = parseRef(text);
  ref?.refKek.fill(0);
  return ref !== undefined;
}
