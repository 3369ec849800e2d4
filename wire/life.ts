// How long what is sealed lives, and whom it is about: the same members wherever something is sealed.

import * as z from 'zod/mini';
import { MAX_SUBJECT_LENGTH, MAX_TTL_SECONDS } from './limits.ts';

/** Whom values are about, so that all of it can be erased at once. Stored as a keyed hash only. */
export const subject = z.string().check(z.minLength(1), z.maxLength(MAX_SUBJECT_LENGTH));

/** Members of every request that seals. */
export const life = {
  /** Life of all that is sealed in seconds, 60 to the app's maximum. Default: the app's. */
  ttlSeconds: z.optional(z.int().check(z.minimum(1), z.maximum(MAX_TTL_SECONDS))),
  /** An instant (RFC 3339, UTC) that nothing of it outlives, however close. */
  notAfter: z.optional(z.iso.datetime()),
  subject: z.optional(subject),
};
