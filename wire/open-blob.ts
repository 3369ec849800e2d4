// POST /open-blob on the wire: from the ref of a blob to its key and to where the encrypted blob is.

import * as z from 'zod/mini';
import { redactedField } from './decrypt.ts';
import { described } from './described.ts';
import { base64url, instant } from './notation.ts';
import type { REDACTED } from './refs.ts';

/** The body. */
export const openBlobRequest = z.strictObject({
  ref: described('The ref of a blob. A string that is not a ref is answered like an unknown ref.', z.string()),
});

/** What opens a blob. */
export interface OpenedBlob {
  readonly status: 'ok';
  /** Input key of the blob's message, base64url of 32 bytes. */
  readonly key: string;
  /** Context of the blob's message, base64url. */
  readonly context: string;
  /** Bytes of the blob when it is decrypted. */
  readonly bytes: number;
  /** For GETs of the encrypted blob or of parts of it. */
  readonly url: string;
  /** RFC 3339, UTC. */
  readonly urlExpiresAt: string;
  /** From this instant on (RFC 3339, UTC) the ref opens no blob. */
  readonly expiresAt: string;
}

/** The answer. Unknown, expired, erased, changed and another app's refs get the same one; the ref of a value is `value`. */
export type OpenBlobResponse =
  | OpenedBlob
  | { readonly status: 'value'; readonly expiresAt: string }
  | { readonly status: 'redacted'; readonly value: typeof REDACTED };

/** What opens a blob, as a schema. */
export const openedBlob = z.strictObject({
  status: z.literal('ok'),
  key: base64url,
  context: base64url,
  bytes: z.int().check(z.minimum(0)),
  url: z.url(),
  urlExpiresAt: instant,
  expiresAt: instant,
});
/** The answer for the ref of a value. */
export const refOfValue = z.strictObject({ status: z.literal('value'), expiresAt: instant });

/** The shape of the answer. */
export const openBlobResponse: z.ZodMiniType<OpenBlobResponse> = z.union([openedBlob, refOfValue, redactedField]);
