// Cuts a message into what stays and what is hidden.

import { invalidRequest, type Key } from '../sdk/problem.ts';
import type { Notation } from './notation.ts';
import { checkType } from './placeholder.ts';

/** A part of a text that a detector found. */
export interface Span {
  /** The first character, counted from 0 as JavaScript counts: in UTF-16 code units. */
  readonly start: number;
  /** The character behind the last one. */
  readonly end: number;
  /** What the part is: capital letters, digits and single underscores, such as `PHONE_NUMBER`. */
  readonly type: string;
}

/** A text, and what a detector found in it. */
export interface Message {
  /** Plaintext. */
  readonly text: string;
  /** In any order. Spans that overlap count as one, of the type of the first. */
  readonly spans: readonly Span[];
}

/** A part that is hidden. */
export interface Hidden {
  readonly type: string;
  readonly value: string;
}

/** The type of what only looks like a placeholder. */
const LOOKALIKE = 'TEXT';

/**
 * The parts of a message: a text stays. What someone wrote as if it were a placeholder of the thread is hidden as well, so
 * that it comes back as it was written and not as a value.
 *
 * @throws DaykeyProblem `invalid-request` for a span that is not in the text.
 */
export function cut(
  { text, spans }: Message,
  path: readonly Key[],
  notation: Notation,
  isKnown: (name: string) => boolean,
): (string | Hidden)[] {
  const hidden = joined(checked(spans, text, path));
  const lookalikes = gapsBetween(hidden, text.length).flatMap(([from, to]) =>
    // By itself, as it will stand between placeholders.
    notation
      .find(text.slice(from, to))
      .filter(({ name }) => isKnown(name))
      .map(({ start, end }) => ({ start: from + start, end: from + end, type: LOOKALIKE })),
  );
  const all = [...hidden, ...lookalikes].toSorted(byPlace);
  const kept = gapsBetween(all, text.length).map(([from, to]) => text.slice(from, to));
  return kept.flatMap((piece, at) => {
    const next = all[at];
    return next ? [piece, { type: next.type, value: text.slice(next.start, next.end) }] : [piece];
  });
}

function checked(spans: readonly Span[], text: string, path: readonly Key[]): readonly Span[] {
  for (const [at, { start, end, type }] of spans.entries()) {
    const isInside = Number.isInteger(start) && Number.isInteger(end) && start >= 0 && end <= text.length;
    // Half of a surrogate pair cannot be sealed.
    if (!isInside || start >= end || !text.slice(start, end).isWellFormed())
      throw invalidRequest('start and end of a part of the text are expected', [...path, at]);
    checkType(type);
  }
  return spans;
}

/** The spans in order, those that overlap as one. */
function joined(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of spans.toSorted(byPlace)) {
    const last = result.at(-1);
    if (last === undefined || span.start >= last.end) result.push(span);
    else result.splice(-1, 1, { ...last, end: Math.max(last.end, span.end) });
  }
  return result;
}

/** What lies before, between and behind spans that are in order; one more than there are spans. */
function gapsBetween(spans: readonly Span[], length: number): [from: number, to: number][] {
  return [...spans, { start: length }].map(({ start }, at) => [spans[at - 1]?.end ?? 0, start]);
}

function byPlace(a: Span, b: Span): number {
  return a.start - b.start || b.end - a.end;
}
