// How long sealed values live: what the caller asks for, and never longer than what they were made from.

import { noOthers, textMembers } from './arguments.ts';
import { dateIn } from './copy.ts';
import type { Member } from './json.ts';
import { invalidRequest } from './problem.ts';
import { Sensitive } from './sensitive.ts';

/** How long sealed values live, and whom they are about. */
export interface LifeOptions {
  /** Seconds: 60 up to the app's maximum, at most 604,800. @default the app's */
  readonly ttlSeconds?: number;
  /** An instant that none of the values outlives. It has to be in the future, by any time. */
  readonly notAfter?: Date;
  /** Whom the values are about, 1 to 256 characters, so that all of it can be erased at once. */
  readonly subject?: string;
  /** Plaintext that the values were made from. They live no longer than any of it. */
  readonly derivedFrom?: readonly Sensitive<unknown>[];
}

/** The members of a request for it. @throws DaykeyProblem `invalid-request` for an invalid date, and for unknown options. */
export function lifeMembers(options: LifeOptions): Member[] {
  const { ttlSeconds, notAfter, subject, derivedFrom = [], ...others } = options;
  noOthers(others);
  const ends = notAfter === undefined ? [] : [dateIn(notAfter)];
  for (const source of [derivedFrom].flat()) {
    // From JavaScript it may be anything, such as a field that was not unwrapped.
    if (!(source instanceof Sensitive)) throw invalidRequest('Sensitive expected', ['derivedFrom']);
    ends.push(source.expiresAt);
  }
  // NaN for what is no date, and then refused as any invalid one.
  const end = ends.length > 0 ? new Date(Math.min(...ends.map(Number))) : undefined;
  return textMembers({ ttlSeconds, subject, notAfter: end });
}
