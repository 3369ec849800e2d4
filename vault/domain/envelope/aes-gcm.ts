// AES-256-GCM as every layer of the envelope uses it: 96-bit nonce in front, 128-bit tag behind.

import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';

/** Bytes of an AES-256 key. */
export const KEY_BYTES = 32;
/** Bytes of a nonce: 96 bits, the length GCM is defined for without hashing (NIST SP 800-38D, 5.2.1.1). */
export const NONCE_BYTES = 12;
/** Bytes of a tag: the full 128 bits (NIST SP 800-38D, 5.2.1.2). */
export const TAG_BYTES = 16;

const ALGORITHM = 'aes-256-gcm';
// Node accepts tags of 4 bytes unless the length is given, so it is given on both sides.
const OPTIONS = { authTagLength: TAG_BYTES };

/** A key object from 32 bytes. The object keeps a copy that cannot be zero-filled. */
export function aesKey(bytes: Buffer): KeyObject {
  if (bytes.length !== KEY_BYTES) throw new RangeError(`an AES-256 key is ${KEY_BYTES} bytes, got ${bytes.length}`);
  return createSecretKey(bytes);
}

/** `nonce (12) || ciphertext || tag (16)`. The caller never uses a nonce twice with one key. */
export function gcmSeal(key: KeyObject, nonce: Buffer, plaintext: Buffer, associatedData: Buffer): Buffer {
  if (nonce.length !== NONCE_BYTES) throw new RangeError(`a nonce is ${NONCE_BYTES} bytes, got ${nonce.length}`);
  const cipher = createCipheriv(ALGORITHM, key, nonce, OPTIONS).setAAD(associatedData);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** The plaintext, or `undefined` when the tag does not hold or `sealed` is too short to have one. */
export function gcmOpen(key: KeyObject, sealed: Buffer, associatedData: Buffer): Buffer | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const tagStart = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES), OPTIONS)
    .setAAD(associatedData)
    .setAuthTag(sealed.subarray(tagStart));
  const plaintext = decipher.update(sealed.subarray(NONCE_BYTES, tagStart));
  try {
    // For GCM this gives no bytes: it is where the tag is checked.
    decipher.final();
    return plaintext;
  } catch {
    plaintext.fill(0);
    return undefined;
  }
}
