// What the in-memory KMS returns from Encrypt: as long as KMS's own, and opened only by its key in its context.

import { createHash, randomBytes } from 'node:crypto';
import { aesKey, gcmOpen, gcmSeal, NONCE_BYTES, TAG_BYTES } from '../domain/envelope/aes-gcm.ts';

/** As in KMS: pairs in any order, none of them secret. */
export type EncryptionContext = Readonly<Record<string, string>>;

/** What KMS adds to a plaintext: a data key of 32 bytes comes back as 184 (AWS KMS API reference, GenerateDataKey). */
export const BLOB_OVERHEAD_BYTES = 152;

const HEADER_BYTES = BLOB_OVERHEAD_BYTES - NONCE_BYTES - TAG_BYTES;

/** `SHA-256 of the ARN || zeros || nonce || ciphertext || tag`. */
export function sealBlob(arn: string, material: Buffer, context: EncryptionContext, plaintext: Buffer): Buffer {
  const sealed = gcmSeal(aesKey(material), randomBytes(NONCE_BYTES), plaintext, associatedData(arn, context));
  return Buffer.concat([headerFor(arn), sealed]);
}

/** The plaintext; `undefined` for a changed blob, or one of another key or context. */
export function openBlob(arn: string, material: Buffer, context: EncryptionContext, blob: Buffer): Buffer | undefined {
  if (!isBlobOf(arn, blob)) return undefined;
  return gcmOpen(aesKey(material), blob.subarray(HEADER_BYTES), associatedData(arn, context));
}

/** Whether the blob names this key. */
export function isBlobOf(arn: string, blob: Buffer): boolean {
  return blob.subarray(0, HEADER_BYTES).equals(headerFor(arn));
}

function headerFor(arn: string): Buffer {
  return Buffer.concat([createHash('sha256').update(arn).digest(), Buffer.alloc(HEADER_BYTES)], HEADER_BYTES);
}

function associatedData(arn: string, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify([arn, pairs]));
}
