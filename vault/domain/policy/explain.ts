// Why each part of an entry is sealed or not, in words for those who call.

import { MAX_ANSWER_BYTES, MAX_ENTRY_PARTS } from '../../../wire/limits.ts';
import { DaykeyError } from '../errors.ts';
import type { Context, Entry } from './entry.ts';
import { visitPlaces } from './places.ts';
import type { Policy } from './policy.ts';
import { partsWithoutRefs, scanRefs } from './refs.ts';
import { decide, type Rule, whyOf } from './rules.ts';
import { UNKNOWN_SHAPE } from './shape.ts';

/** What becomes of an entry, and of each part of its data. Holds names, never a value. */
export interface Explanation {
  readonly sensitive: boolean;
  /** The rule that decides over the entry. */
  readonly rule: Rule;
  /** What the rule goes by, in one sentence. */
  readonly why: string;
  /** Sorted by pointer. Together they make up all of `data`. */
  readonly parts: readonly ExplainedPart[];
}

/** What becomes of one part of an entry. */
export interface ExplainedPart {
  /** JSON pointer (RFC 6901) of the part. */
  readonly pointer: string;
  readonly sealed: boolean;
  /** One sentence. */
  readonly why: string;
}

/**
 * Explains an entry: the parts that would be sealed, those that stay in clear, and the refs that are there already.
 *
 * @throws DaykeyError `ref-not-allowed` where the reserved key stands in anything else than a ref, `invalid-request`
 * beyond 64 levels, `too-large` for more than one answer holds. Who may bring refs is for `admittedRefs` to say.
 */
export function explain(entry: Entry, context: Context, policy: Policy): Explanation {
  const type = policy.catalogue.get(entry.type);
  const { sensitive, rule, reason } = decide(type?.kind, entry, context, policy);
  const { refs, holders } = scanRefs(entry);
  const parts: ExplainedPart[] = [];
  let characters = 0;
  const note = (part: ExplainedPart) => {
    // Before anything reads a pointer: a long name above many parts stands in each of theirs.
    characters += part.pointer.length;
    if (parts.push(part) > MAX_ENTRY_PARTS || characters > MAX_ANSWER_BYTES) {
      const most = `${MAX_ENTRY_PARTS} parts and ${MAX_ANSWER_BYTES} characters of pointers`;
      throw new DaykeyError('too-large', `an explanation holds at most ${most}: send less data, or shorter names`);
    }
  };
  const add = (place: string, value: unknown, sealed: boolean, why: string) => {
    for (const { pointer } of partsWithoutRefs(value, place, holders)) note({ pointer, sealed, why });
  };
  for (const { pointer } of refs) note({ pointer, sealed: true, why: 'It is a ref already and stays as it is.' });
  if (Object.hasOwn(entry, 'data')) {
    visitPlaces(entry.data, '/data', type?.shape ?? UNKNOWN_SHAPE, {
      sensitive: (pointer, value, path, asExpected) => {
        const what = asExpected ? path : `Not of the shape of ${path}, so sealed as a whole`;
        add(pointer, value, sensitive, sensitive ? `${what}: ${whyOf(reason)}.` : `${path}: ${whyOf(reason)}.`);
      },
      unlisted: (pointer, value) => {
        add(
          pointer,
          value,
          false,
          value === null ? 'It is null and holds nothing.' : 'No sensitive field of the type.',
        );
      },
    });
  }
  return {
    ...{ sensitive, rule, why: sentenceOf(whyOf(reason)) },
    parts: parts
      .filter(({ pointer }) => `${pointer}/`.startsWith('/data/'))
      .toSorted((a, b) => (a.pointer < b.pointer ? -1 : 1)),
  };
}

function sentenceOf(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}
