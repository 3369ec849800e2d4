// Checks the entry types in an app's settings, and says what to change.

import { isJsonObject, type JsonObject } from '../../../wire/json-object.ts';
import { describe, either, type SettingsProblem, unknownName } from '../settings/wording.ts';
import { BUILT_IN, describeBuiltIn, describeOwn } from './catalogue.ts';
import { type BuiltInEntryType, ENTRY_KINDS, type EntryType, type FieldLists } from './entry-type.ts';
import { EVERY_ELEMENT, EVERY_MEMBER, type FieldPath, parseFieldPath } from './field-path.ts';
import type { Shape } from './shape.ts';

/** What an entry type may be called. */
const TYPE_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,127}$/;

const LISTS: readonly string[] = ['clear', 'sensitive'];
const OWN_MEMBERS: readonly string[] = ['kind', 'doc', ...LISTS];

const BUILT_IN_BY_LOWER_CASE = new Map([...BUILT_IN.keys()].map((type) => [type.toLowerCase(), type]));

/** Every problem of `entryTypes`, with paths from there. Takes any value: settings may come from JavaScript or from a stored row. */
export function checkEntryTypes(entryTypes: unknown): SettingsProblem[] {
  if (!isJsonObject(entryTypes)) return [mustBe('an object of entry types by name', entryTypes)];
  return Object.entries(entryTypes).flatMap(([type, described]) => below(type, checkType(type, described)));
}

function checkType(type: string, described: unknown): SettingsProblem[] {
  if (!isJsonObject(described)) return [mustBe('an object with kind, doc and clear', described)];
  const builtIn = BUILT_IN.get(type);
  return builtIn ? checkExtension(type, builtIn, described) : checkOwn(type, described);
}

function checkExtension(type: string, builtIn: BuiltInEntryType, described: JsonObject): SettingsProblem[] {
  const problems = [
    ...Object.keys(described)
      .filter((name) => !LISTS.includes(name))
      .map((name) => ({
        path: [name],
        text: `is not for ${type}, which is built in: change clear and sensitive only`,
      })),
    ...checkLists(described),
  ];
  if (problems.length > 0) return problems;
  const { clear = [], sensitive = [] } = described as FieldLists;
  if (clear.length + sensitive.length === 0) return here('changes nothing: list fields under clear or sensitive');
  const { shape } = describeBuiltIn(builtIn);
  // A misspelt name would leave the field that was meant readable.
  const misspelt = sensitive.filter((path) => isSealedSeparately(shape, path));
  return here(
    ...describeBuiltIn(builtIn, { clear, sensitive }).problems,
    ...misspelt.map((path) => `${path} is sealed already: check its spelling, or take it out of sensitive`),
  );
}

function checkOwn(type: string, described: JsonObject): SettingsProblem[] {
  const { kind, doc, clear, sensitive } = described;
  const unknown = Object.keys(described).filter((name) => !OWN_MEMBERS.includes(name));
  const problems = [
    ...checkName(type),
    ...unknown.map((name) => ({ path: [name], text: unknownName(name, OWN_MEMBERS) })),
  ];
  if (!ENTRY_KINDS.some((known) => known === kind))
    problems.push(...below('kind', [mustBe(either(ENTRY_KINDS), kind)]));
  if (typeof doc !== 'string' || !/^\S.*$/.test(doc)) {
    problems.push(...below('doc', [mustBe('one line that says what the entry is', doc)]));
  }
  if (clear === undefined && sensitive === undefined) {
    problems.push(...here('clear must list the fields that stay readable; with clear: [], all data is sealed'));
  }
  const lists = checkLists(described);
  const paths = lists.length > 0 ? [] : describeOwn(described as unknown as EntryType).problems;
  return [...problems, ...lists, ...here(...paths)];
}

function checkName(type: string): SettingsProblem[] {
  if (!TYPE_NAME.test(type)) {
    return here('a name is up to 128 letters, digits, dots, hyphens and underscores, and begins with a letter');
  }
  const lookalike = BUILT_IN_BY_LOWER_CASE.get(type.toLowerCase());
  if (lookalike === undefined) return [];
  return here(
    `differs from the built-in ${lookalike} only by case: write ${lookalike} to change that, or take another name`,
  );
}

function checkLists({ clear, sensitive }: JsonObject): SettingsProblem[] {
  return Object.entries({ clear, sensitive })
    .filter(
      ([, list]) => list !== undefined && !(Array.isArray(list) && list.every((path) => typeof path === 'string')),
    )
    .flatMap(([name, list]) => below(name, [mustBe("a list of paths, such as ['data.text']", list)]));
}

function mustBe(expected: string, found: unknown): SettingsProblem {
  return { path: [], text: `must be ${expected}, got ${describe(found)}: change it` };
}

function here(...texts: readonly string[]): SettingsProblem[] {
  return texts.map((text) => ({ path: [], text }));
}

function below(name: string, problems: readonly SettingsProblem[]): SettingsProblem[] {
  return problems.map(({ path, text }) => ({ path: [name, ...path], text }));
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
