// How long sealed values live and whom they are about: the same members in every request that seals.

import * as z from 'zod/mini';
import { MAX_SUBJECT_LENGTH } from './limits.ts';

/** Whom values are about, so that all of it can be erased at once. Stored as a keyed hash only. */
export const subject = z.string().check(z.minLength(1), z.maxLength(MAX_SUBJECT_LENGTH));

/** Members of every request that seals. */
export const life = {
  /** Life of all that is sealed, in seconds: 60 up to the app's maximum. Default: the app's. */
  // Any whole number passes here, so that whatever is out of range gets one code, `ttl-out-of-range`.
  ttlSeconds: z.optional(z.number().check(z.refine(Number.isInteger, 'a whole number of seconds is expected'))),
  /** An instant (RFC 3339, any offset) that nothing of it outlives, however close. */
  notAfter: z.optional(z.iso.datetime({ offset: true })),
  subject: z.optional(subject),
};
