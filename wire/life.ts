// How long sealed values live and whom they are about: the same members in every request that seals.

import * as z from 'zod/mini';
import { described } from './described.ts';
import { MAX_SUBJECT_LENGTH, MAX_TTL_SECONDS, MIN_TTL_SECONDS } from './limits.ts';
import { anyInstant } from './notation.ts';

/** Whom values are about. Stored as a keyed hash only. */
export const subject = z.string().check(z.minLength(1), z.maxLength(MAX_SUBJECT_LENGTH));

/** Members of every request that seals. */
export const life = {
  // Any whole number passes here, so that every TTL out of range gets one code, `ttl-out-of-range`.
  ttlSeconds: described(
    "How long the sealed values live, in seconds, up to the app's maximum. Default: the app's. With `notAfter`, the earlier end holds.",
    z.optional(z.number().check(z.refine(Number.isInteger, 'a whole number of seconds is expected'))),
    { type: 'integer', minimum: MIN_TTL_SECONDS, maximum: MAX_TTL_SECONDS },
  ),
  notAfter: described(
    'RFC 3339, any offset: the sealed values end at this instant at the latest. It may be less than a minute ahead.',
    z.optional(anyInstant),
  ),
  subject: described(
    `Whom the values are about, 1 to ${MAX_SUBJECT_LENGTH} characters (UTF-16 code units), so that all of them can be erased at once. Stored as a keyed hash only.`,
    z.optional(subject),
  ),
};
