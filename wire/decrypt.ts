// POST /decrypt on the wire.

import * as z from 'zod/mini';
import { named } from './named.ts';
import { instant } from './notation.ts';
import { REDACTED } from './refs.ts';

/** The body: 1 to 64 tokens, by name. A string that is no token is answered like an unknown one. */
export const decryptRequest = z.strictObject({
  refs: named(z.string()),
});

/** One opened field, or what is left of it. */
export type DecryptedField =
  | { readonly status: 'ok'; readonly value: unknown; readonly expiresAt: string }
  | { readonly status: 'redacted'; readonly value: typeof REDACTED };

/** The answer, under the names of the refs. Unknown, expired, erased, changed, another app's: all the same. */
export interface DecryptResponse {
  readonly values: Readonly<Record<string, DecryptedField>>;
}

/** The shape of the answer. */
export const decryptResponse: z.ZodMiniType<DecryptResponse> = z.strictObject({
  values: z.record(
    z.string(),
    z.union([
      z.strictObject({ status: z.literal('ok'), value: z.unknown(), expiresAt: instant }),
      z.strictObject({ status: z.literal('redacted'), value: z.literal(REDACTED) }),
    ]),
  ),
});
