// How many bytes an answer takes.

import { MAX_ANSWER_BYTES } from '../../wire/limits.ts';
import { DaykeyError } from '../domain/errors.ts';

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
