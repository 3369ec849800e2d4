// Paths of fields: `data.text`, `data.buttons[*].text`, `data.answers.*`.

/** A path from the entry down: `.name` is a member, `.*` every member, `[*]` every element of an array. */
export type FieldPath = `data.${string}`;

/** One step down from `data`: a member's name, {@link EVERY_MEMBER} or {@link EVERY_ELEMENT}. */
export type Step = string;

// A member's name cannot contain these characters, so the text of a step says what kind it is.
export const EVERY_MEMBER: Step = '*';
export const EVERY_ELEMENT: Step = '[*]';

const NAME = '[A-Za-z_][A-Za-z0-9_-]{0,127}';
const PATH = new RegExp(`^data\\.(\\*|${NAME})(\\.\\*|\\.${NAME}|\\[\\*\\])*$`);
const STEPS = /\[\*\]|[^.[\]]+/g;

/** The steps after `data`, or `undefined` for a text that is not a path. */
export function parseFieldPath(path: string): readonly Step[] | undefined {
  if (!PATH.test(path)) return undefined;
  return path.slice('data.'.length).match(STEPS) ?? undefined;
}

/** The path that is one step further down. */
export function fieldPathBelow(path: string, step: Step): string {
  return step === EVERY_ELEMENT ? `${path}${step}` : `${path}.${step}`;
}

/** Whether every place that `path` leads to is also one that `wider` leads to, or lies inside one. */
export function isWithin(path: readonly Step[], wider: readonly Step[]): boolean {
  if (path.length < wider.length) return false;
  return wider.every((step, at) => step === path[at] || (step === EVERY_MEMBER && path[at] !== EVERY_ELEMENT));
}
