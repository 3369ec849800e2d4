// What a type's `data` is expected to look like, as a tree: built once from the lines of the catalogue.

import {
  EVERY_ELEMENT,
  EVERY_MEMBER,
  type FieldPath,
  fieldPathBelow,
  isWithin,
  parseFieldPath,
  type Step,
} from './field-path.ts';

/** One line of the catalogue: what becomes of the values at a path. */
export interface Line {
  readonly path: FieldPath;
  readonly becomes: Leaf['kind'];
}

/** What becomes of a value, whatever is in it. `path` names the line that says so; without one, no line lists the value. */
export type Leaf =
  /** Sealed as one part. */
  | { readonly kind: 'sealed'; readonly path?: string }
  /** Readable, whatever it is. */
  | { readonly kind: 'readable'; readonly path?: string }
  /** Readable if it is a text, a number, a boolean or null. */
  | { readonly kind: 'scalar'; readonly path: string }
  /** Readable if it is a number, a boolean, null or a text that {@link WORD} matches. */
  | { readonly kind: 'word'; readonly path: string };

/** An expected value. A value of another shape is sealed as one part; only `null` holds nothing. */
export type Shape =
  | Leaf
  /** An object with these members; `rest` is for every other member. */
  | {
      readonly kind: 'object';
      readonly path: string;
      readonly members: ReadonlyMap<string, Shape>;
      readonly rest: Shape;
    }
  /** An array of such elements. */
  | { readonly kind: 'array'; readonly path: string; readonly each: Shape };

/** One word, such as `GET`, `en-GB` or `image/png`: too short and too plain for a sentence, a URL or an email address. */
export const WORD = /^[A-Za-z0-9][A-Za-z0-9._+/-]{0,127}$/;

/** A line, and what is left of its path below some place. */
interface Tail {
  readonly steps: readonly Step[];
  readonly becomes: Leaf['kind'];
}

const DATA = 'data';

/** What is expected of a type that the catalogue does not know: any object, and every member sealed. */
export const UNKNOWN_SHAPE: Shape = { kind: 'object', path: DATA, members: new Map(), rest: { kind: 'sealed' } };

/**
 * The shape that these lines describe, and what is wrong with them, each with what to change.
 *
 * @param unlisted What becomes of everything that no line lists.
 */
export function buildShape(
  lines: readonly Line[],
  unlisted: 'sealed' | 'readable',
): { shape: Shape; problems: readonly string[] } {
  const problems: string[] = [];
  const tails: Tail[] = [];
  for (const { path, becomes } of lines) {
    const steps = parseFieldPath(path);
    if (steps) tails.push({ steps, becomes });
    else
      problems.push(`${JSON.stringify(path)} is not a path: write it like data.text, data.buttons[*].text, data.map.*`);
  }
  return { shape: shapeAt(DATA, tails, { kind: unlisted }, problems), problems };
}

/**
 * The lines of a type once others are put over it. An `over` line takes the place of every line that says something else
 * about the same values: the same path, a part of it, what it is a part of, or what its wildcards cover.
 */
export function override(lines: readonly Line[], over: readonly Line[]): readonly Line[] {
  const stepsOver = over.map(({ path }) => parseFieldPath(path)).filter((steps) => steps !== undefined);
  const kept = lines.filter(({ path }) => {
    const steps = parseFieldPath(path) ?? [];
    return !stepsOver.some((other) => isWithin(steps, other) || startsWith(other, steps));
  });
  return [...kept, ...over];
}

function startsWith(steps: readonly Step[], start: readonly Step[]): boolean {
  return start.every((step, at) => step === steps[at]);
}

function shapeAt(path: string, tails: readonly Tail[], unlisted: Leaf, problems: string[]): Shape {
  const [leaf] = tails.filter(({ steps }) => steps.length === 0);
  if (leaf) {
    if (tails.length > 1) problems.push(`${path} is listed more than once, or with a part of it: list it once`);
    return { kind: tails.length > 1 ? 'sealed' : leaf.becomes, path };
  }
  const below = new Map<Step, Shape>();
  for (const step of new Set(tails.flatMap(({ steps }) => steps.slice(0, 1)))) {
    const rest = tails
      .filter(({ steps }) => steps[0] === step)
      .map(({ steps, becomes }) => ({ steps: steps.slice(1), becomes }));
    below.set(step, shapeAt(fieldPathBelow(path, step), rest, unlisted, problems));
  }
  const element = below.get(EVERY_ELEMENT);
  const member = below.get(EVERY_MEMBER);
  // A name beside `.*` is an exception to it. Where all else is readable, an exception could leave plaintext.
  if (below.size > 1 && (element || (member && unlisted.kind === 'readable'))) {
    problems.push(`${path} is described in ${below.size} ways: use names, .* or [*] below it, one of them`);
    return { kind: 'sealed', path };
  }
  if (element) return { kind: 'array', path, each: element };
  below.delete(EVERY_MEMBER);
  return { kind: 'object', path, members: below, rest: member ?? unlisted };
}
