// HKDF-SHA-256 (RFC 5869), and the two things derived from a DEK.

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { KEY_BYTES } from './aes-gcm.ts';

/** Bytes of a key commitment: a full SHA-256 output, so that a collision costs 2^128 work. */
export const COMMITMENT_BYTES = 32;

const HASH_BYTES = 32;
const MOST_BYTES = 255 * HASH_BYTES;
const KEY_LABEL = Buffer.from('daykey/v1/key');
const COMMITMENT_LABEL = Buffer.from('daykey/v1/commitment');

/** `K_enc` and the commitment of a DEK, both bound to the ref ID. The caller zero-fills the key. */
export function deriveFromDek(dek: Buffer, refId: Buffer): { key: Buffer; commitment: Buffer } {
  // Node's hkdfSync would extract again for each of the two; this takes half its time.
  const prk = hkdfExtract(refId, dek);
  return {
    key: hkdfExpand(prk, KEY_LABEL, KEY_BYTES),
    commitment: hkdfExpand(prk, COMMITMENT_LABEL, COMMITMENT_BYTES),
  };
}

/** HKDF-Extract (RFC 5869, 2.2): the pseudorandom key. The caller keeps and zero-fills the secret. */
export function hkdfExtract(salt: Buffer, secret: Buffer): KeyObject {
  const prk = createHmac('sha256', createSecretKey(salt)).update(secret).digest();
  try {
    return createSecretKey(prk);
  } finally {
    prk.fill(0);
  }
}

/** HKDF-Expand (RFC 5869, 2.3): 1 to 8,160 bytes. The caller owns them. */
export function hkdfExpand(prk: KeyObject, info: Buffer, bytes: number): Buffer {
  if (bytes < 1 || bytes > MOST_BYTES) throw new RangeError(`HKDF gives 1 to ${MOST_BYTES} bytes, got ${bytes}`);
  const out = Buffer.alloc(bytes);
  let previous = Buffer.alloc(0);
  for (let at = 0; at < bytes; at += HASH_BYTES) {
    const count = Buffer.of(at / HASH_BYTES + 1);
    const block = createHmac('sha256', prk).update(previous).update(info).update(count).digest();
    block.copy(out, at);
    previous.fill(0);
    previous = block;
  }
  previous.fill(0);
  return out;
}
