// A placeholder: the name of one sealed value in one thread.

import { createHash } from 'node:crypto';
import { invalidRequest } from '../sdk/problem.ts';

/** Crockford's base 32: no I, L, O and U, which look like others. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ID_LENGTH = 8;
/** One character of an ID, as a regular expression. */
export const DIGIT = '[0-9A-HJKMNP-TV-Z]';

/** A type as detectors name them: `EMAIL`, `PHONE_NUMBER`. */
const TYPE_SHAPE = /^[A-Z](_?[A-Z0-9]){0,31}$/;

/** @throws DaykeyProblem `invalid-request` for anything but a type. */
export function checkType(type: unknown): void {
  if (typeof type === 'string' && TYPE_SHAPE.test(type)) return;
  throw invalidRequest('a type is capital letters, digits and single underscores, 1 to 32 of them', ['type']);
}

/**
 * The name of a ref: its type and 40 bits of a hash of thread, type and ref. A ref holds 256 random bits, so no one can
 * foresee a name; and a name under which another ref is stored, or a ref of another thread, does not match its hash.
 */
export function placeholderName(thread: string, type: string, ref: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(['daykey/veil', thread, type, ref]))
    .digest();
  const id = Array.from(hash.subarray(0, ID_LENGTH), (byte) => DIGITS.charAt(byte % DIGITS.length));
  return `${type}_${id.join('')}`;
}

/** The type in a name. */
export function typeIn(name: string): string {
  return name.slice(0, -ID_LENGTH - 1);
}

/** The parts of a name of this type, as regular expressions that each match at most one character. */
export function partsOfName(type: string): string[] {
  // Models write the underscore as a blank or a hyphen too, and Markdown escapes it.
  const separator = ['\\\\?', '[_ -]'];
  const letters = [...type].flatMap((letter) => (letter === '_' ? separator : [letter]));
  return [...letters, ...separator, ...Array<string>(ID_LENGTH).fill(DIGIT)];
}
