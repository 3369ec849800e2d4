// POST /seal-blob on the wire: a key for a blob, and where to put the blob once it is encrypted.

import * as z from 'zod/mini';
import { described } from './described.ts';
import { life } from './life.ts';
import { MAX_BLOB_BYTES } from './limits.ts';
import { base64url, instant, proof, ref } from './notation.ts';

/** The body. It holds nothing secret: the blob goes to the store, encrypted by the caller. */
export const sealBlobRequest = z.strictObject({
  bytes: described(
    `How many bytes the blob has before it is encrypted, 0 to ${MAX_BLOB_BYTES}.`,
    // Any size passes here, so that every blob that is too large gets one code, `too-large`.
    z.number().check(z.refine((bytes) => Number.isSafeInteger(bytes) && bytes >= 0, 'a number of bytes is expected')),
    { type: 'integer', minimum: 0, maximum: MAX_BLOB_BYTES },
  ),
  ...life,
});

/** Where to put the encrypted blob, once. */
export interface BlobUpload {
  /** For one PUT of exactly the right length. The URL is not secret: it takes bytes and gives none. */
  readonly url: string;
  /** The headers of the PUT, which the URL is signed for. */
  readonly headers: Readonly<Record<string, string>>;
  /** RFC 3339, UTC. */
  readonly expiresAt: string;
}

/** The answer. */
export interface SealBlobResponse {
  readonly ref: string;
  /** Attaches the blob to an entry: the member `blob` of `incoming`. */
  readonly proof: string;
  /** Input key of the blob's message, base64url of 32 bytes. For one blob only. */
  readonly key: string;
  /** Context of the blob's message, base64url. */
  readonly context: string;
  /** From this instant on (RFC 3339, UTC) the ref opens no blob. */
  readonly expiresAt: string;
  readonly upload: BlobUpload;
}

/** The shape of the answer. */
export const sealBlobResponse: z.ZodMiniType<SealBlobResponse> = z.strictObject({
  ref,
  proof,
  key: described('Input key of Cobblestone-256, for this blob only. Use it, and do not keep it.', base64url),
  context: described('Context of Cobblestone-256.', base64url),
  expiresAt: instant,
  upload: z.strictObject({ url: z.url(), headers: z.record(z.string(), z.string()), expiresAt: instant }),
});
