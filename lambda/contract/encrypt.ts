// POST /encrypt on the wire.

import * as z from 'zod/mini';
import { MAX_SUBJECT_LENGTH, MAX_TTL_SECONDS } from './limits.ts';
import { named } from './named.ts';

/** The body: 1 to 64 values of any JSON type, by name. */
export const encryptRequest = z.strictObject({
  /** The values to seal, each at most 256 KB as JSON text. */
  fields: named(z.unknown()),
  /** Life of all of them in seconds, 60 to the app's maximum. Default: the app's. */
  ttlSeconds: z.optional(z.int().check(z.minimum(1), z.maximum(MAX_TTL_SECONDS))),
  /** An instant (RFC 3339, UTC) that none of them outlives, however close. */
  notAfter: z.optional(z.iso.datetime()),
  /** Whom the values are about, so that all of it can be erased at once. Stored as a keyed hash only. */
  subject: z.optional(z.string().check(z.minLength(1), z.maxLength(MAX_SUBJECT_LENGTH))),
});

/** The answer. */
export interface EncryptResponse {
  /** Tokens under the names of the fields. Whoever is trusted and holds one reads the value. */
  readonly refs: Readonly<Record<string, string>>;
  /** From this instant on (RFC 3339, UTC) nobody reads the values. */
  readonly expiresAt: string;
}
