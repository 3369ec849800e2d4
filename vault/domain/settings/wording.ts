// The words of settings errors: where a problem is, what was found there, and which name was probably meant.

import { distance } from 'fastest-levenshtein';

/** A place in a document: names of members and numbers of list items, from the top. */
export type Path = readonly PropertyKey[];

/** One problem of a document. `text` says what is wrong and what to do. */
export interface SettingsProblem {
  readonly path: Path;
  readonly text: string;
}

const MAX_QUOTED_CHARACTERS = 40;
const MAX_TEXT_CHARACTERS = 500;
/** Longer names are not compared with known ones: the comparison takes time in proportion to their length. */
const MAX_COMPARED_CHARACTERS = 64;
const PLAIN_NAME = /^[A-Za-z_$][\w$-]*$/;
// What the CDK writes in the place of a value that CloudFormation knows only at deployment. It encodes numbers as numbers near
// this one: aws-cdk-lib, core/lib/private/encoding.ts.
const TEXT_TOKEN = /\$\{Token\[[^\]]*\]\}/;
const LIST_TOKEN = /#\{Token\[[^\]]*\]\}/;
const NUMBER_TOKEN = -1.8881545897087e289;

/** One line: `apps.shop.defaultTtl: must be …, got …: …`. */
export function formatProblem({ path, text }: SettingsProblem): string {
  const cut = text.length > MAX_TEXT_CHARACTERS ? `${text.slice(0, MAX_TEXT_CHARACTERS)}…` : text;
  return path.length === 0 ? cut : `${formatPath(path)}: ${cut}`;
}

/** `apps.shop.integrations["my web"].roleArns[0]`. */
function formatPath(path: Path): string {
  return path.reduce<string>((before, step) => {
    if (typeof step === 'number') return `${before}[${step}]`;
    const name = String(step);
    if (!PLAIN_NAME.test(name) || name.length > MAX_QUOTED_CHARACTERS) return `${before}[${quote(name)}]`;
    return before === '' ? name : `${before}.${name}`;
  }, '');
}

/** Whether a text holds a CDK token. */
export function holdsToken(text: string): boolean {
  return TEXT_TOKEN.test(text);
}

/** Whether a value is, or holds, a CDK token of any kind: its real value is known only at deployment. */
export function isToken(value: unknown): boolean {
  if (typeof value === 'string') return holdsToken(value) || LIST_TOKEN.test(value);
  if (typeof value === 'number') return Math.abs(value / NUMBER_TOKEN - 1) < 1e-9;
  if (Array.isArray(value)) return value.some(isToken);
  // A `Lazy`, a `Ref` or any other `IResolvable`.
  return typeof value === 'object' && value !== null && 'resolve' in value && 'creationStack' in value;
}

/** What a value is, in a few words. Quotes at most 40 characters of it. */
export function describe(value: unknown): string {
  if (isToken(value)) return 'a CDK token';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return `an object${className(value)}`;
  return String(value).slice(0, MAX_QUOTED_CHARACTERS);
}

/** The text of a problem with a name that is not known. */
export function unknownName(name: string, known: readonly string[]): string {
  const meant = nearestName(name, known);
  const advice = meant === undefined ? `remove it, or use ${either(known)}` : `did you mean ${meant}?`;
  return `is not a known name: ${advice}`;
}

/** The known name that a wrong one was probably meant to be; `undefined` when none is similar. */
export function nearestName(wrong: string, known: readonly string[]): string | undefined {
  if (wrong.length > MAX_COMPARED_CHARACTERS) return undefined;
  const [best] = known
    .map((name) => ({ name, edits: distance(wrong.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  return best && best.edits <= Math.max(2, best.name.length / 2) ? best.name : undefined;
}

/** `a, b or c`. */
export function either(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED_CHARACTERS ? `${text.slice(0, MAX_QUOTED_CHARACTERS - 1)}…` : text);
}

function className(value: object): string {
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object'
    ? ` of class ${name.slice(0, MAX_QUOTED_CHARACTERS)}`
    : '';
}
