// The key of a blob: what a field of content type 2 holds, and the context that binds the blob to that field.

import { MAX_BLOB_BYTES } from '../../../wire/limits.ts';

/** The key of one blob, and how large the blob is. The owner zero-fills `key`. */
export interface BlobKey {
  /** 32 bytes: the input key of the blob's message. */
  readonly key: Buffer;
  /** Bytes of the blob's plaintext, so that a reader knows where the blob ends before it reads it. */
  readonly bytes: number;
}

const LABEL = Buffer.from('daykey/v2/blob');
const BASE64URL_OF_KEY = /^[A-Za-z0-9_-]{43}$/;

/** The text that is sealed as content type 2. The key is one of Cobblestone-256: `wire/cobblestone.ts`. */
export function blobKeyText({ key, bytes }: BlobKey): string {
  return JSON.stringify({ key: key.toString('base64url'), bytes });
}

/** @throws Error for any other text: it was authenticated, so a sealer of ours made it wrong. */
export function parseBlobKey(text: string): BlobKey {
  const { key, bytes } = JSON.parse(text) as Partial<Record<'key' | 'bytes', unknown>>;
  if (typeof key !== 'string' || !BASE64URL_OF_KEY.test(key) || !isBlobSize(bytes)) {
    throw new Error('a sealed blob key is malformed');
  }
  return { key: Buffer.from(key, 'base64url'), bytes };
}

/** The context of a blob's message: label, ref ID (expiry and bundle ID), index and app, the first three of fixed length. */
export function blobContext(app: string, refId: Buffer, index: number): Buffer {
  return Buffer.concat([LABEL, refId, Buffer.of(index), Buffer.from(app)]);
}

function isBlobSize(bytes: unknown): bytes is number {
  return typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= MAX_BLOB_BYTES;
}
