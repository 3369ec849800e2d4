// HKDF-SHA-256 (RFC 5869), and the two things derived from a DEK.

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { KEY_BYTES } from './aes-gcm.ts';

/** Bytes of a key commitment: a full SHA-256 output, so that a collision costs 2^128 work. */
export const COMMITMENT_BYTES = 32;

const HASH_BYTES = 32;
const KEY_LABEL = Buffer.from('daykey/v1/key');
const COMMITMENT_LABEL = Buffer.from('daykey/v1/commitment');

/** `K_enc` and the commitment of a DEK, both bound to the ref ID. The caller zero-fills the key. */
export function deriveFromDek(dek: Buffer, refId: Buffer): { key: Buffer; commitment: Buffer } {
  // Node's hkdfSync would extract for each of the two again, and take twice as long.
  const pseudorandomKey = hkdfExtract(refId, dek);
  return {
    key: hkdfExpand(pseudorandomKey, KEY_LABEL, KEY_BYTES),
    commitment: hkdfExpand(pseudorandomKey, COMMITMENT_LABEL, COMMITMENT_BYTES),
  };
}

/** HKDF-Extract (RFC 5869, 2.2). The secret stays the caller's. */
export function hkdfExtract(salt: Buffer, secret: Buffer): KeyObject {
  const bytes = hmacSha256(createSecretKey(salt), secret);
  try {
    return createSecretKey(bytes);
  } finally {
    bytes.fill(0);
  }
}

/** HKDF-Expand (RFC 5869, 2.3): `length` bytes, 1 to 8,160. The caller owns the bytes. */
export function hkdfExpand(pseudorandomKey: KeyObject, info: Buffer, length: number): Buffer {
  if (length < 1 || length > 255 * HASH_BYTES) throw new RangeError(`HKDF gives 1 to ${255 * HASH_BYTES} bytes, got ${length}`);
  const out = Buffer.alloc(Math.ceil(length / HASH_BYTES) * HASH_BYTES);
  for (let block = 0; block * HASH_BYTES < length; block += 1) {
    const previous = out.subarray(Math.max(0, block - 1) * HASH_BYTES, block * HASH_BYTES);
    createHmac('sha256', pseudorandomKey).update(previous).update(info).update(Buffer.of(block + 1)).digest().copy(out, block * HASH_BYTES);
  }
  return out.subarray(0, length);
}

function hmacSha256(key: KeyObject, data: Buffer): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
