// Why each part of an entry is sealed or stays readable, in words for callers.

import type { Entry, EntryContext } from '../../../wire/entry.ts';
import type { Explanation } from '../../../wire/explanation.ts';
import { MAX_ENTRY_PARTS } from '../../../wire/limits.ts';
import { isFieldSealed, visitFields } from './fields.ts';
import { type Place, placeCounter, pointerTo } from './place.ts';
import { type RefOptions, scanEntry } from './plan.ts';
import type { Policy } from './policy.ts';
import { visitPartsWithoutRefs } from './refs.ts';
import { type Decision, decide, explainReason } from './rules.ts';
import { type Shape, UNKNOWN_SHAPE } from './shape.ts';

/**
 * Explains an entry: the parts that `planSealing` would seal, those that stay readable, and the refs that are there.
 *
 * @throws DaykeyError as `planSealing` does; `too-large` beyond 1,024 parts of any kind.
 */
export function explain(entry: Entry, context: EntryContext, policy: Policy, options: RefOptions): Explanation {
  const type = policy.catalogue.get(entry.type);
  const decision = decide(type, entry, context, policy);
  const { refs, holders } = scanEntry(entry, options);
  const found: { place: Place; sealed: boolean; why: string }[] = [];
  const count = placeCounter('parts in an explanation', MAX_ENTRY_PARTS);
  const add = (place: Place, sealed: boolean, why: string) => {
    count(place);
    found.push({ place: [...place], sealed, why });
  };
  for (const { place } of refs) {
    if (place[0] === 'data') add(place, true, 'It is a ref already and stays as it is.');
  }
  if (Object.hasOwn(entry, 'data')) {
    visitFields(entry.data, ['data'], type?.shape ?? UNKNOWN_SHAPE, (trail, value, shape, isExpected) => {
      const sealed = decision.sensitive && isFieldSealed(shape, isExpected);
      const why = explainField(decision, shape, isExpected);
      visitPartsWithoutRefs(value, trail, holders, (part) => add(part, sealed, why));
    });
  }
  return {
    sensitive: decision.sensitive,
    rule: decision.rule,
    why: sentence(explainReason(decision.reason)),
    parts: found
      .map(({ place, ...part }) => ({ pointer: pointerTo(place), ...part }))
      .toSorted((a, b) => (a.pointer < b.pointer ? -1 : 1)),
  };
}

function explainField({ sensitive, rule, reason }: Decision, shape: Shape, isExpected: boolean): string {
  if (!isFieldSealed(shape, isExpected)) return sentence(explainReadable(shape));
  const why = explainReason(reason);
  // No line decides in an entry that is not sensitive, or of a type that the catalogue does not know.
  if (!sensitive || rule === 'unknown-type') return sentence(why);
  return sentence(`${explainSealed(shape, isExpected)}: ${why}`);
}

function explainReadable(shape: Shape): string {
  switch (shape.kind) {
    case 'object':
    case 'array':
      return 'it is null and holds nothing';
    case 'scalar':
    case 'word':
      return `the catalogue lists ${shape.path} as readable`;
    default:
      return 'the type lists what is sensitive, and this is not on the list';
  }
}

function explainSealed(shape: Shape, isExpected: boolean): string {
  if (isExpected) return shape.path ?? 'not listed as readable';
  switch (shape.kind) {
    case 'scalar':
      return `${shape.path} is readable only as a text, a number or a boolean`;
    case 'word':
      return `${shape.path} is readable only as one word, a number or a boolean`;
    default:
      return `not of the shape of ${shape.path}, so sealed as a whole`;
  }
}

function sentence(clause: string): string {
  const isPath = clause.startsWith('data.');
  return `${isPath ? clause.charAt(0) : clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}
