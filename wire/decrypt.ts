// POST /decrypt on the wire.

import * as z from 'zod/mini';
import { namedRefs } from './named.ts';
import { instant } from './notation.ts';
import { REDACTED } from './refs.ts';

/** The body. */
export const decryptRequest = z.strictObject({
  refs: namedRefs('A string that is not a ref is answered like an unknown ref.'),
});

/** One field, opened or redacted. The ref of a blob gives no value: `open-blob` opens it. */
export type DecryptedField =
  | { readonly status: 'ok'; readonly value: unknown; readonly expiresAt: string }
  | { readonly status: 'blob'; readonly value: typeof REDACTED; readonly expiresAt: string }
  | { readonly status: 'redacted'; readonly value: typeof REDACTED };

/** The answer, under the names of the refs. Unknown, expired, erased, changed and another app's refs get the same answer. */
export interface DecryptResponse {
  readonly values: Readonly<Record<string, DecryptedField>>;
}

/** A field whose value is there. */
export const openedField = z.strictObject({ status: z.literal('ok'), value: z.unknown(), expiresAt: instant });
/** A field that is the key of a blob. */
export const blobField = z.strictObject({
  status: z.literal('blob'),
  value: z.literal(REDACTED),
  expiresAt: instant,
});
/** A field, or a blob, that is not opened. */
export const redactedField = z.strictObject({ status: z.literal('redacted'), value: z.literal(REDACTED) });

/** The shape of the answer. */
export const decryptResponse: z.ZodMiniType<DecryptResponse> = z.strictObject({
  values: z.record(z.string(), z.union([openedField, blobField, redactedField])),
});
