// The catalogue: which fields of which entry types are sensitive, built-in types and an app's own.

import { BUILT_IN_TYPES, type EntryType } from './built-in-types.ts';
import { ENTRY_KINDS, type EntryKind, isJsonObject } from './entry.ts';
import { type Shape, shapeOf } from './shape.ts';

/** The entry types of an app's own, by name. */
export interface OwnEntryTypes {
  readonly [type: string]: EntryType;
}

/** An entry type, ready to be held against entries. */
export interface CataloguedType {
  readonly kind: EntryKind;
  readonly shape: Shape;
}

/** Entry types by name. A map, so that no name, `constructor` or any other, finds what nobody put in. */
export type Catalogue = ReadonlyMap<string, CataloguedType>;

/** What an entry type may be called. */
const TYPE_SHAPE = /^[A-Za-z][A-Za-z0-9_.-]{0,127}$/;

const BUILT_IN: Catalogue = new Map(compiled(BUILT_IN_TYPES));

/**
 * The built-in types and these; parsed here, once.
 *
 * @throws Error that lists every problem: own types are checked when the app is deployed.
 */
export function catalogueOf(own: OwnEntryTypes = {}): Catalogue {
  const problems = problemsOfCatalogue(own);
  if (problems.length > 0) throw new Error(problems.join('; '));
  return new Map([...BUILT_IN, ...compiled(own)]);
}

/** Everything wrong with an app's own entry types, each as a sentence that says what to change; empty when they hold. */
export function problemsOfCatalogue(own: OwnEntryTypes): string[] {
  return Object.entries(own).flatMap(([type, described]) =>
    problemsOfType(type, described).map((problem) => `entryTypes.${type}: ${problem}`),
  );
}

// Settings may come from JavaScript, so nothing is taken for what its type says.
function problemsOfType(type: string, described: unknown): string[] {
  const problems: string[] = [];
  if (BUILT_IN.has(type)) problems.push('is a built-in type: take another name');
  else if (!TYPE_SHAPE.test(type)) {
    problems.push('a name is up to 128 letters, digits, dots, hyphens and underscores, and begins with a letter');
  }
  const { kind, doc, sensitive }: { [name: string]: unknown } = isJsonObject(described) ? { ...described } : {};
  if (!ENTRY_KINDS.some((known) => known === kind)) problems.push(`kind must be one of ${ENTRY_KINDS.join(', ')}`);
  if (typeof doc !== 'string' || !/^\S.*$/.test(doc)) problems.push('doc must be one line that says what it is');
  if (!Array.isArray(sensitive) || !sensitive.every((path) => typeof path === 'string')) {
    problems.push('sensitive must be a list of paths; empty if no field is');
  } else problems.push(...shapeOf(sensitive).problems);
  return problems;
}

function compiled(types: OwnEntryTypes): [string, CataloguedType][] {
  return Object.entries(types).map(([type, { kind, sensitive }]) => [type, { kind, shape: shapeOf(sensitive).shape }]);
}
