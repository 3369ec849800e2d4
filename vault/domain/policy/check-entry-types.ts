// Checks the entry types in an app's settings, and says what to change.

import { BUILT_IN, describeBuiltIn, describeOwn } from './catalogue.ts';
import { ENTRY_KINDS, isJsonObject, type JsonObject } from './entry.ts';
import type { BuiltInEntryType, EntryType, FieldLists } from './entry-type.ts';
import { EVERY_ELEMENT, EVERY_MEMBER, type FieldPath, parseFieldPath } from './field-path.ts';
import type { Shape } from './shape.ts';

/** What an entry type may be called. */
const TYPE_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,127}$/;

const BUILT_IN_BY_LOWER_CASE = new Map([...BUILT_IN.keys()].map((type) => [type.toLowerCase(), type]));

/**
 * Everything wrong with `entryTypes`, each as `entryTypes.<type>: <what to change>`; empty when they are valid. Takes any
 * value: settings may come from JavaScript or from a stored row.
 */
export function checkEntryTypes(entryTypes: unknown): string[] {
  if (!isJsonObject(entryTypes)) return ['entryTypes: must be an object of entry types by name'];
  return Object.entries(entryTypes).flatMap(([type, described]) =>
    checkType(type, described).map((problem) => `entryTypes.${type}: ${problem}`),
  );
}

function checkType(type: string, described: unknown): string[] {
  if (!isJsonObject(described)) return ['must be an object with kind, doc and clear'];
  const builtIn = BUILT_IN.get(type);
  return builtIn ? checkExtension(type, builtIn, described) : checkOwn(type, described);
}

function checkExtension(type: string, builtIn: BuiltInEntryType, described: JsonObject): string[] {
  const problems = [
    ...checkMembers(described, ['clear', 'sensitive'], `${type} is built in: change it by clear and sensitive only`),
    ...checkLists(described),
  ];
  if (problems.length > 0) return problems;
  const { clear = [], sensitive = [] } = described as FieldLists;
  if (clear.length + sensitive.length === 0) return ['changes nothing: list fields in clear or sensitive'];
  const { shape } = describeBuiltIn(builtIn);
  // A misspelt name would leave the field that was meant readable.
  const misspelt = sensitive.filter((path) => isSealedSeparately(shape, path));
  return [
    ...describeBuiltIn(builtIn, { clear, sensitive }).problems,
    ...misspelt.map((path) => `${path} is sealed already: check its spelling, or take it out of sensitive`),
  ];
}

function checkOwn(type: string, described: JsonObject): string[] {
  const { kind, doc, clear, sensitive } = described;
  const problems = checkName(type);
  problems.push(
    ...checkMembers(described, ['kind', 'doc', 'clear', 'sensitive'], 'a type has kind, doc, clear, sensitive'),
  );
  if (!ENTRY_KINDS.some((known) => known === kind)) problems.push(`kind must be one of ${ENTRY_KINDS.join(', ')}`);
  if (typeof doc !== 'string' || !/^\S.*$/.test(doc)) problems.push('doc must be one line that says what it is');
  if (clear === undefined && sensitive === undefined) {
    problems.push('clear must list the fields that stay readable; with clear: [], all data is sealed');
  }
  const lists = checkLists(described);
  return [...problems, ...lists, ...(lists.length > 0 ? [] : describeOwn(described as unknown as EntryType).problems)];
}

function checkName(type: string): string[] {
  if (!TYPE_NAME.test(type)) {
    return ['a name is up to 128 letters, digits, dots, hyphens and underscores, and begins with a letter'];
  }
  const lookalike = BUILT_IN_BY_LOWER_CASE.get(type.toLowerCase());
  return lookalike
    ? [`differs from the built-in ${lookalike} only by case: write ${lookalike} to change that, or take another name`]
    : [];
}

function checkMembers(described: JsonObject, known: readonly string[], hint: string): string[] {
  return Object.keys(described)
    .filter((name) => !known.includes(name))
    .map((name) => `unknown member ${name}: ${hint}`);
}

function checkLists({ clear, sensitive }: JsonObject): string[] {
  return Object.entries({ clear, sensitive })
    .filter(
      ([, list]) => list !== undefined && !(Array.isArray(list) && list.every((path) => typeof path === 'string')),
    )
    .map(([name]) => `${name} must be a list of paths, such as ['data.text']`);
}

/** Whether the value at a path is sealed already, as one part and apart from its neighbours. */
function isSealedSeparately(shape: Shape, path: FieldPath): boolean {
  let at = shape;
  for (const step of parseFieldPath(path) ?? []) {
    if (at.kind === 'array' && step === EVERY_ELEMENT) at = at.each;
    else if (at.kind !== 'object' || step === EVERY_ELEMENT) return false;
    // `.*` over members that are listed seals those too.
    else if (step === EVERY_MEMBER && at.members.size > 0) return false;
    else at = at.members.get(step) ?? at.rest;
  }
  return at.kind === 'sealed';
}
