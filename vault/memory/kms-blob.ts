// What the in-memory KMS returns from Encrypt: a blob that names its key and opens with it in its context alone.

import { randomBytes } from 'node:crypto';
import { aesKey, gcmOpen, gcmSeal, NONCE_BYTES } from '../domain/envelope/aes-gcm.ts';

/** As in KMS: the pairs in any order, none of them secret. */
export type EncryptionContext = Readonly<Record<string, string>>;

const VERSION = 1;
const HEADER_BYTES = 3;

/** `version (1) || length of the ARN (2) || ARN || nonce || ciphertext || tag`. */
export function blobOf(arn: string, material: Buffer, context: EncryptionContext, plaintext: Buffer): Buffer {
  const name = Buffer.from(arn);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(VERSION, 0);
  header.writeUInt16BE(name.length, 1);
  const sealed = gcmSeal(aesKey(material), randomBytes(NONCE_BYTES), plaintext, associatedData(arn, context));
  return Buffer.concat([header, name, sealed]);
}

/** The ARN that a blob names, or `undefined` when it is no blob. */
function arnIn(blob: Buffer): string | undefined {
  if (blob.length < HEADER_BYTES || blob.readUInt8(0) !== VERSION) return undefined;
  return blob.toString('utf8', HEADER_BYTES, HEADER_BYTES + blob.readUInt16BE(1));
}

/** The plaintext, or `undefined` for a blob that was changed, of another key or of another context. */
export function openBlob(arn: string, material: Buffer, context: EncryptionContext, blob: Buffer): Buffer | undefined {
  if (arnIn(blob) !== arn) return undefined;
  const start = HEADER_BYTES + Buffer.byteLength(arn);
  return gcmOpen(aesKey(material), blob.subarray(start), associatedData(arn, context));
}

function associatedData(arn: string, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify([arn, pairs]));
}
