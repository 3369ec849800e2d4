// HKDF-SHA-256 (RFC 5869), and the two things derived from a DEK.

import { hkdfSync } from 'node:crypto';
import { KEY_BYTES } from './aes-gcm.ts';

/** Bytes of a key commitment: a full SHA-256 output, so that a collision costs 2^128 work. */
export const COMMITMENT_BYTES = 32;

const KEY_LABEL = 'daykey/v1/key';
const COMMITMENT_LABEL = 'daykey/v1/commitment';

/** HKDF-SHA-256: `length` bytes, 1 to 8,160 (RFC 5869, 2.3). The caller owns the bytes. */
export function hkdfSha256(secret: Buffer, salt: Buffer, info: Buffer | string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, length));
}

/** `K_enc` and the commitment of a DEK, both bound to the ref ID. The caller zero-fills the key. */
export function deriveFromDek(dek: Buffer, refId: Buffer): { key: Buffer; commitment: Buffer } {
  return {
    key: hkdfSha256(dek, refId, KEY_LABEL, KEY_BYTES),
    commitment: hkdfSha256(dek, refId, COMMITMENT_LABEL, COMMITMENT_BYTES),
  };
}
