// The catalogue: every entry type of an app, ready to be held against entries.

import { BUILT_IN_TYPES } from './built-in-types.ts';
import type { BuiltInEntryType, EntryKind, EntryType, EntryTypes, TypeExtension } from './entry-type.ts';
import type { FieldPath } from './field-path.ts';
import { buildShape, type Line, override, type Shape } from './shape.ts';

/** An entry type, ready to be held against entries. */
export interface CataloguedType {
  readonly kind: EntryKind;
  readonly shape: Shape;
  /** Who writes such entries, where an entry does not say. */
  readonly author?: BuiltInEntryType['author'];
}

/** A type, and what is wrong with its paths, each with what to change: with any problem, do not use it. */
export interface DescribedType extends CataloguedType {
  readonly problems: readonly string[];
}

/** Entry types by name. A map, so that a name such as `constructor` finds only what was put in. */
export type Catalogue = ReadonlyMap<string, CataloguedType>;

/** The built-in types by name. */
export const BUILT_IN: ReadonlyMap<string, BuiltInEntryType> = new Map(Object.entries(BUILT_IN_TYPES));

const STANDARD: Catalogue = new Map([...BUILT_IN].map(([type, builtIn]) => [type, describeBuiltIn(builtIn)]));

/** The built-in types, with these changes and additions. @throws Error when a path has problems (`checkEntryTypes`). */
export function buildCatalogue(entryTypes: EntryTypes = {}): Catalogue {
  const catalogue = new Map(STANDARD);
  for (const [type, described] of Object.entries(entryTypes)) {
    const builtIn = BUILT_IN.get(type);
    const { problems, ...catalogued } = builtIn
      ? describeBuiltIn(builtIn, described)
      : describeOwn(described as EntryType);
    if (problems.length > 0) throw new Error(`entryTypes.${type}: ${problems.join('; ')}`);
    catalogue.set(type, catalogued);
  }
  return catalogue;
}

/** A built-in type, with an app's changes if it has any. */
export function describeBuiltIn(builtIn: BuiltInEntryType, { clear, sensitive }: TypeExtension = {}): DescribedType {
  const lines = [...linesFor(builtIn.clear, 'word'), ...linesFor(builtIn.sensitive, 'sealed')];
  const over = [...linesFor(clear, 'scalar'), ...linesFor(sensitive, 'sealed')];
  const { kind, author } = builtIn;
  return { kind, ...(author && { author }), ...buildShape(override(lines, over), 'sealed') };
}

/** A type that an app defines itself. */
export function describeOwn({ kind, clear, sensitive }: EntryType): DescribedType {
  const lines = [...linesFor(clear, 'scalar'), ...linesFor(sensitive, 'sealed')];
  return { kind, ...buildShape(lines, clear ? 'sealed' : 'readable') };
}

function linesFor(paths: readonly FieldPath[] = [], becomes: Line['becomes']): Line[] {
  return paths.map((path) => ({ path, becomes }));
}
