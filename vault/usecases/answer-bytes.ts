// How many bytes an answer takes.

import { MAX_ANSWER_BYTES } from '../../wire/limits.ts';
import { DaykeyError } from '../domain/errors.ts';
import type { Caller } from '../domain/trust.ts';

/** Bytes of the JSON text of a value, in UTF-8. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}

/**
 * Refuses what does not fit an answer.
 *
 * @param what The answer in words: `an entry with its refs`.
 * @throws DaykeyError `too-large`
 */
export function assertAnswerFits(bytes: number, what: string): void {
  if (bytes > MAX_ANSWER_BYTES) {
    const message = `${what} would take ${bytes} bytes of the answer, which has at most ${MAX_ANSWER_BYTES}: send smaller requests`;
    throw new DaykeyError('too-large', message);
  }
}

/**
 * As {@link assertAnswerFits}, for an answer that repeats a part of the request. Prints that part only where the size of the
 * request does not say that it fits.
 *
 * @param otherBytes What the answer has beside that part.
 */
export function assertPartFits(
  { bodyBytes = Number.POSITIVE_INFINITY }: Pick<Caller, 'bodyBytes'>,
  part: unknown,
  otherBytes: number,
  what: string,
): void {
  if (bodyBytes + otherBytes > MAX_ANSWER_BYTES) assertAnswerFits(jsonBytes(part) + otherBytes, what);
}
