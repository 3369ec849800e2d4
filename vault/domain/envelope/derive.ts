// HKDF-SHA-256 (RFC 5869), and what is derived from a DEK and from a ref KEK.

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { KEY_BYTES } from './aes-gcm.ts';

/** Bytes of a key commitment: a full SHA-256 output, so that finding a collision takes 2^128 work. */
export const COMMITMENT_BYTES = 32;
/** Bytes of a possession tag: guessing one takes 2^128 tries. */
export const POSSESSION_TAG_BYTES = 16;

const HASH_BYTES = 32;
const MOST_BYTES = 255 * HASH_BYTES;
const KEY_LABEL = Buffer.from('daykey/v2/key');
const COMMITMENT_LABEL = Buffer.from('daykey/v2/commitment');
const REF_LABEL = Buffer.from('daykey/v2/ref');

/** What a ref KEK gives. The owner zero-fills `wrapKey`. */
export interface RefSecrets {
  /** 32 bytes: the key of the inner wrap. */
  readonly wrapKey: Buffer;
  /** 16 bytes, stored with the field: only a holder of the ref can compute it. It says nothing about the wrap key. */
  readonly possessionTag: Buffer;
}

/** `K_enc` and the commitment of a DEK, both bound to the ref ID. The caller zero-fills the key. */
export function deriveFromDek(dek: Buffer, refId: Buffer): { key: Buffer; commitment: Buffer } {
  // Node's hkdfSync would repeat the extract step for each of the two: this takes half the time.
  const prk = hkdfExtract(refId, dek);
  return {
    key: hkdfExpand(prk, KEY_LABEL, KEY_BYTES),
    commitment: hkdfExpand(prk, COMMITMENT_LABEL, COMMITMENT_BYTES),
  };
}

/** Wrap key and possession tag of a ref KEK, both bound to the ref ID and the field's index. */
export function deriveFromRefKek(refKek: Buffer, refId: Buffer, index: number): RefSecrets {
  const info = Buffer.concat([REF_LABEL, Buffer.of(index)]);
  const okm = hkdfExpand(hkdfExtract(refId, refKek), info, KEY_BYTES + POSSESSION_TAG_BYTES);
  return { wrapKey: okm.subarray(0, KEY_BYTES), possessionTag: okm.subarray(KEY_BYTES) };
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
