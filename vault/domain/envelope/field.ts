// One field, sealed and opened: value under K_enc, DEK under the ref KEK. The app KEK comes on top, in bundle.ts.

import { timingSafeEqual } from 'node:crypto';
import { aesKey, gcmOpen, gcmSeal, KEY_BYTES, NONCE_BYTES, TAG_BYTES } from './aes-gcm.ts';
import { associatedData, CONTENT_JSON, type FieldPlace } from './associated-data.ts';
import { COMMITMENT_BYTES, deriveFromDek } from './derive.ts';
import { padded, unpadded } from './padding.ts';

/** Bytes of an inner wrap, the DEK under the ref KEK: nonce, 32, tag. */
export const INNER_WRAP_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES;
/** Random bytes one field takes: DEK, ref KEK and two nonces. */
export const FIELD_ENTROPY_BYTES = 2 * KEY_BYTES + 2 * NONCE_BYTES;

const HEADER_BYTES = 1 + COMMITMENT_BYTES;

/** What sealing one field gives. */
export interface SealedField {
  /** `content type (1) || commitment (32) || nonce (12) || ciphertext || tag (16)`, to be stored. */
  ciphertext: Buffer;
  /** 60 bytes, to be wrapped by the app KEK and zero-filled. */
  innerWrap: Buffer;
}

/** Keys and nonces of one field; {@link takeSecrets} draws them, the owner zero-fills them. */
export interface FieldSecrets {
  dek: Buffer;
  refKek: Buffer;
  valueNonce: Buffer;
  dekNonce: Buffer;
}

/** Draws one field's secrets: `take` gives that many fresh random bytes, never the same twice. */
export function takeSecrets(take: (bytes: number) => Buffer): FieldSecrets {
  return { dek: take(KEY_BYTES), refKek: take(KEY_BYTES), valueNonce: take(NONCE_BYTES), dekNonce: take(NONCE_BYTES) };
}

/** Seals one JSON text. */
export function sealField(json: string, place: FieldPlace, secrets: FieldSecrets): SealedField {
  const { key, commitment } = deriveFromDek(secrets.dek, place.refId);
  const plaintext = padded(json);
  try {
    const sealed = gcmSeal(aesKey(key), secrets.valueNonce, plaintext, associatedData('daykey/v1/value', place));
    const innerWrap = gcmSeal(
      aesKey(secrets.refKek),
      secrets.dekNonce,
      secrets.dek,
      associatedData('daykey/v1/dek', place),
    );
    return { ciphertext: Buffer.concat([Buffer.of(CONTENT_JSON), commitment, sealed]), innerWrap };
  } finally {
    key.fill(0);
    plaintext.fill(0);
  }
}

/** Opens one field: its JSON text, or `undefined` for every cryptographic failure alike. */
export function openField(
  ciphertext: Buffer,
  innerWrap: Buffer,
  refKek: Buffer,
  place: FieldPlace,
): string | undefined {
  if (ciphertext.length < HEADER_BYTES || ciphertext[0] !== CONTENT_JSON || innerWrap.length !== INNER_WRAP_BYTES) {
    return undefined;
  }
  const dek = gcmOpen(aesKey(refKek), innerWrap, associatedData('daykey/v1/dek', place));
  if (dek === undefined) return undefined;
  const { key, commitment } = deriveFromDek(dek, place.refId);
  let plaintext: Buffer | undefined;
  try {
    // The commitment first: a ciphertext made to open under two keys is never decrypted at all.
    if (!timingSafeEqual(commitment, ciphertext.subarray(1, HEADER_BYTES))) return undefined;
    plaintext = gcmOpen(aesKey(key), ciphertext.subarray(HEADER_BYTES), associatedData('daykey/v1/value', place));
    return plaintext && unpadded(plaintext);
  } finally {
    dek.fill(0);
    key.fill(0);
    plaintext?.fill(0);
  }
}
