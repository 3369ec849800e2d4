// How long what is sealed lives: what the caller asks for, and never longer than what it was made from.

import type { Member } from './batches.ts';
import { plainJsonOf } from './json.ts';
import { DaykeyProblem } from './problem.ts';
import type { Sensitive } from './sensitive.ts';

/** How long what is sealed lives, and about whom it is. */
export interface LifeOptions {
  /** Seconds, 60 to the app's maximum. @default the app's */
  readonly ttlSeconds?: number;
  /** Nothing of it lives beyond this instant, however close. */
  readonly notAfter?: Date;
  /** Whom the values are about, 1 to 256 characters, so that all of it can be erased at once. */
  readonly subject?: string;
  /** Plaintext that the values were made from: they live no longer than any of it. */
  readonly derivedFrom?: readonly Sensitive<unknown>[];
}

/** Members of a request that say so. @throws DaykeyProblem `invalid-request` for a date that is none. */
export function lifeOf({ ttlSeconds, notAfter, subject, derivedFrom = [] }: LifeOptions): Member[] {
  const members: Member[] = [];
  if (ttlSeconds !== undefined) members.push(['ttlSeconds', plainJsonOf(ttlSeconds, 'ttlSeconds')]);
  if (subject !== undefined) members.push(['subject', plainJsonOf(subject, 'subject')]);
  const ends = [...(notAfter ? [notAfter] : []), ...derivedFrom.map(({ expiresAt }) => expiresAt)];
  if (ends.length > 0) {
    // From JavaScript, or a template, it may be anything.
    const earliestMs = Math.min(...ends.map((end: unknown) => (end instanceof Date ? end.getTime() : Number.NaN)));
    if (Number.isNaN(earliestMs)) throw new DaykeyProblem('invalid-request', 'no valid date', { paths: ['notAfter'] });
    members.push(['notAfter', JSON.stringify(new Date(earliestMs))]);
  }
  return members;
}
