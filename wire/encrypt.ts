// POST /encrypt on the wire.

import * as z from 'zod/mini';
import { life } from './life.ts';
import { MAX_FIELD_BYTES, MAX_FIELDS } from './limits.ts';
import { named } from './named.ts';
import { instant, ref } from './notation.ts';
import { SENSITIVE_KEY } from './refs.ts';

/** The body. */
export const encryptRequest = z.strictObject({
  fields: named(
    `1 to ${MAX_FIELDS} values under names that you choose. A value is any JSON of at most ${MAX_FIELD_BYTES} bytes of text, without the reserved name \`${SENSITIVE_KEY}\` in any of its objects.`,
    z.unknown(),
    {},
  ),
  ...life,
});

/** The answer. */
export interface EncryptResponse {
  /** Refs under the names of the fields. */
  readonly refs: Readonly<Record<string, string>>;
  /** From this instant on (RFC 3339, UTC) no ref opens its value. */
  readonly expiresAt: string;
}

/** The shape of the answer. */
export const encryptResponse: z.ZodMiniType<EncryptResponse> = z.strictObject({
  refs: z.record(z.string(), ref),
  expiresAt: instant,
});
