// What a type's `data` is expected to look like, as a tree: built once from the paths of its sensitive fields.

import { EVERY_ELEMENT, EVERY_MEMBER, fieldPathBelow, parseFieldPath, type Step } from './field-path.ts';
import { pointerBelow } from './pointer.ts';

/** An expected value. `path` is the catalogue's for it. */
export type Shape =
  /** Sensitive as a whole, whatever it is. */
  | { readonly kind: 'sensitive'; readonly path: string }
  /** An object of which these members are, or hold, sensitive fields. */
  | { readonly kind: 'object'; readonly path: string; readonly members: readonly Member[] }
  /** An object of which every member is such a value. */
  | { readonly kind: 'map'; readonly path: string; readonly each: Shape }
  /** An array of which every element is such a value. */
  | { readonly kind: 'array'; readonly path: string; readonly each: Shape };

export interface Member {
  readonly name: string;
  /** `/name`: what is appended to the pointer of the object. */
  readonly pointer: string;
  readonly shape: Shape;
}

const DATA = 'data';

/** What is expected of a type that nobody has described: anything, and all of it sensitive. */
export const UNKNOWN_SHAPE: Shape = {
  kind: 'map',
  path: DATA,
  each: { kind: 'sensitive', path: fieldPathBelow(DATA, EVERY_MEMBER) },
};

/** The shape that these paths describe, and all that is wrong with them; paths at fault are left out of the shape. */
export function shapeOf(paths: readonly string[]): { shape: Shape; problems: readonly string[] } {
  const problems: string[] = [];
  const tails: (readonly Step[])[] = [];
  for (const path of paths) {
    const steps = parseFieldPath(path);
    if (steps) tails.push(steps);
    else
      problems.push(`${JSON.stringify(path)} is not a path: write it like data.text, data.buttons[*].text, data.map.*`);
  }
  return { shape: shapeAt(DATA, tails, problems), problems };
}

function shapeAt(path: string, tails: readonly (readonly Step[])[], problems: string[]): Shape {
  if (tails.some((tail) => tail.length === 0)) {
    if (tails.length > 1) problems.push(`${path} is listed more than once, or with a part of it: list it alone`);
    return { kind: 'sensitive', path };
  }
  const members: Member[] = [];
  const steps = new Set(tails.map(([first = '']) => first));
  for (const step of steps) {
    const rest = tails.filter(([first]) => first === step).map((tail) => tail.slice(1));
    const shape = shapeAt(fieldPathBelow(path, step), rest, problems);
    members.push({ name: step, pointer: pointerBelow('', step), shape });
  }
  const wildcard = members.find(({ name }) => name === EVERY_MEMBER || name === EVERY_ELEMENT);
  if (!wildcard) return { kind: 'object', path, members };
  if (members.length > 1) {
    problems.push(`${path} is described in ${members.length} ways: use names, .* or [*] below it, one of them`);
    return { kind: 'sensitive', path };
  }
  return { kind: wildcard.name === EVERY_ELEMENT ? 'array' : 'map', path, each: wildcard.shape };
}
