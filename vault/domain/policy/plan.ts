// Sealing an entry: whether it is sensitive, which values to seal, and the entry with refs in their place.

import type { Entry, EntryContext } from '../../../wire/entry.ts';
import { MAX_ENTRY_PARTS } from '../../../wire/limits.ts';
import { SENSITIVE_KEY } from '../../../wire/refs.ts';
import { parseRef } from '../envelope/ref.ts';
import { isFieldSealed, visitFields } from './fields.ts';
import { type Place, placeCounter, pointerTo, type Trail } from './place.ts';
import { replaced } from './pointer.ts';
import type { Policy } from './policy.ts';
import { type RefScan, scanRefs, visitPartsWithoutRefs } from './refs.ts';
import { type Decision, decide } from './rules.ts';
import { UNKNOWN_SHAPE } from './shape.ts';

export interface RefOptions {
  /** Whether the entry may hold refs: it comes from the app's own code. */
  readonly refsAllowed: boolean;
}

/** A value to seal. */
export interface Part {
  /** JSON pointer (RFC 6901) from the entry. */
  readonly pointer: string;
  readonly value: unknown;
}

/** Whether an entry is sensitive, and the parts of it to seal: none inside another, none with a ref in it. */
export interface SealingPlan extends Decision {
  /** None when the entry is not sensitive. */
  readonly parts: readonly Part[];
}

/**
 * Plans what to seal: for each sensitive field, the largest parts that hold no ref. Refs stay where they are.
 *
 * @throws DaykeyError `ref-not-allowed` for the reserved key where it may not be or without a ref in it, `invalid-request`
 * beyond 64 levels, both with the pointer of the first such place, whether the entry is sensitive or not; `too-large`
 * beyond 1,024 parts or refs.
 */
export function planSealing(entry: Entry, context: EntryContext, policy: Policy, options: RefOptions): SealingPlan {
  const type = policy.catalogue.get(entry.type);
  const decision = decide(type, entry, context, policy);
  const { holders } = scanEntry(entry, options);
  const found: { place: Place; value: unknown }[] = [];
  if (decision.sensitive && Object.hasOwn(entry, 'data')) {
    const count = placeCounter('sensitive parts', MAX_ENTRY_PARTS);
    const add = (trail: Trail, value: unknown) => {
      count(trail);
      found.push({ place: [...trail], value });
    };
    visitFields(entry.data, ['data'], type?.shape ?? UNKNOWN_SHAPE, (trail, value, shape, isExpected) => {
      if (isFieldSealed(shape, isExpected)) visitPartsWithoutRefs(value, trail, holders, add);
    });
  }
  return { ...decision, parts: found.map(({ place, value }) => ({ pointer: pointerTo(place), value })) };
}

/** The refs of an entry. @throws DaykeyError as {@link planSealing} does, also for refs that may not be there. */
export function scanEntry(entry: Entry, { refsAllowed }: RefOptions): RefScan {
  return scanRefs(entry, (value) => {
    if (!refsAllowed) return NOT_FROM_OUTSIDE;
    const ref = value[SENSITIVE_KEY];
    // Otherwise plaintext could pass as a ref.
    return typeof ref !== 'string' || isRef(ref) ? undefined : `the reserved key ${SENSITIVE_KEY} must hold a ref`;
  });
}

const NOT_FROM_OUTSIDE = `only components may send the reserved key ${SENSITIVE_KEY}: seal data from outside as one text, for example an unparsed request body as data.body`;

/**
 * The entry with a ref in the place of each sealed value. Shares everything else with the original, which is not changed.
 *
 * @throws Error when a pointer leads nowhere, or into another.
 */
export function applySealed(entry: Entry, refsByPointer: ReadonlyMap<string, string>): Entry {
  const refs = [...refsByPointer].map(([pointer, ref]) => [pointer, { [SENSITIVE_KEY]: ref }] as const);
  return replaced(entry, new Map(refs)) as Entry;
}

function isRef(text: string): boolean {
  const ref = parseRef(text);
  ref?.refKek.fill(0);
  return ref !== undefined;
}
