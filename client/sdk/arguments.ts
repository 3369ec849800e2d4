// Checks what callers pass before anything is sent: from JavaScript it may be anything.

import { isJsonObject } from '../../wire/json-object.ts';
import { isBuiltIn } from './copy.ts';
import { jsonText, type Member } from './json.ts';
import { invalidRequest, type Key } from './problem.ts';

/** Members by name, in order. @throws DaykeyProblem `invalid-request` for anything but a plain object. */
export function namedMembers(value: unknown, path: readonly Key[]): [name: string, member: unknown][] {
  if (isJsonObject(value) && isBuiltIn(value, 1)) return Object.entries(value);
  throw invalidRequest('plain object expected', path);
}

/** What is left of options once the known ones are taken out. @throws DaykeyProblem `invalid-request` unless it is nothing. */
export function noOthers(others: object): void {
  const [name] = Object.keys(others);
  if (name !== undefined) throw invalidRequest('unknown option', [name]);
}

/** A copy of options, empty for `undefined` and `null`. @throws DaykeyProblem `invalid-request` for anything but a plain object. */
export function optionsIn<Options extends object>(options: Options | undefined): Options {
  return Object.fromEntries(namedMembers(options ?? {}, ['options'])) as Options;
}

/** Members that are not `undefined`, which counts as absent in the options and shapes of the SDK. */
export function present(members: readonly [name: string, value: unknown][]): [name: string, value: unknown][] {
  return members.filter(([, value]) => value !== undefined);
}

/** The members of a request that are not `undefined`, each as JSON text. @throws DaykeyProblem as `jsonText` does. */
export function textMembers(members: Readonly<Record<string, unknown>>): Member[] {
  return present(Object.entries(members)).map(([name, value]) => [name, jsonText(value, [name])]);
}
