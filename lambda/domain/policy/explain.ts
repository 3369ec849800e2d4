// Why each part of an entry is sealed or not, in words for those who call.

import type { Context, Entry } from './entry.ts';
import { visitPlaces } from './places.ts';
import type { Policy } from './policy.ts';
import { partsWithoutRefs, scanRefs } from './refs.ts';
import { decide, type Rule, whyOf } from './rules.ts';
import { UNKNOWN_SHAPE } from './shape.ts';

/** What becomes of one part of an entry. Holds names, never a value. */
export interface Explanation {
  /** JSON pointer (RFC 6901) of the part. */
  readonly pointer: string;
  readonly sealed: boolean;
  /** The rule that decides over the entry. */
  readonly rule: Rule;
  /** One sentence. */
  readonly why: string;
}

/**
 * Explains every part of `data`: those that would be sealed, those that stay in clear, and the refs that are there
 * already. Together they make up all of `data`.
 *
 * @throws DaykeyError `ref-not-allowed` and `invalid-request`, as `planSealing` does.
 */
export function explain(entry: Entry, context: Context, policy: Policy): Explanation[] {
  const type = policy.catalogue.get(entry.type);
  const { sensitive, rule, reason } = decide(type?.kind, entry, context, policy);
  const { refs, holders } = scanRefs(entry);
  const explained: Explanation[] = refs
    .filter(({ pointer }) => `${pointer}/`.startsWith('/data/'))
    .map(({ pointer }) => ({ pointer, sealed: true, rule, why: 'It is a ref already and stays as it is.' }));
  const add = (place: string, value: unknown, sealed: boolean, why: string) => {
    for (const { pointer } of partsWithoutRefs(value, place, holders)) explained.push({ pointer, sealed, rule, why });
  };
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
  return explained.toSorted((a, b) => (a.pointer < b.pointer ? -1 : 1));
}
