// One field, sealed and opened: the value under K_enc, the DEK under the wrap key. The app KEK comes on top, in bundle.ts.

import { timingSafeEqual } from 'node:crypto';
import { aesKey, gcmOpen, gcmSeal, KEY_BYTES, NONCE_BYTES, TAG_BYTES } from './aes-gcm.ts';
import {
  associatedData,
  CONTENT_BLOB_KEY,
  CONTENT_JSON,
  type ContentType,
  type FieldPlace,
} from './associated-data.ts';
import { COMMITMENT_BYTES, deriveFromDek, deriveFromRefKek, POSSESSION_TAG_BYTES, type RefSecrets } from './derive.ts';
import { padded, unpadded } from './padding.ts';

/** Bytes of an inner wrap, the DEK under the wrap key: nonce, 32, tag. */
export const INNER_WRAP_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES;
/** Random bytes that one field takes: DEK, ref KEK and two nonces. */
export const FIELD_ENTROPY_BYTES = 2 * KEY_BYTES + 2 * NONCE_BYTES;
/** Bytes of a sealed field beside its padded value. */
export const SEALED_FIELD_OVERHEAD_BYTES = POSSESSION_TAG_BYTES + 1 + COMMITMENT_BYTES + NONCE_BYTES + TAG_BYTES;

const CONTENT_AT = POSSESSION_TAG_BYTES;
const COMMITMENT_AT = CONTENT_AT + 1;
const SEALED_VALUE_AT = COMMITMENT_AT + COMMITMENT_BYTES;

/** What sealing one field gives. */
export interface SealedField {
  /** `possession tag (16) || content type (1) || commitment (32) || nonce (12) || ciphertext || tag (16)`, to be stored. */
  readonly stored: Buffer;
  /** 60 bytes, to be wrapped by the app KEK and zero-filled. */
  readonly innerWrap: Buffer;
}

/** Keys and nonces of one field; {@link takeSecrets} draws them, the owner zero-fills them. */
export interface FieldSecrets {
  readonly dek: Buffer;
  readonly refKek: Buffer;
  readonly valueNonce: Buffer;
  readonly dekNonce: Buffer;
}

/** Draws one field's secrets: `take` gives that many fresh random bytes, never the same twice. */
export function takeSecrets(take: (bytes: number) => Buffer): FieldSecrets {
  return { dek: take(KEY_BYTES), refKek: take(KEY_BYTES), valueNonce: take(NONCE_BYTES), dekNonce: take(NONCE_BYTES) };
}

/** Seals one JSON text. */
export function sealField(
  json: string,
  place: FieldPlace,
  secrets: FieldSecrets,
  content: ContentType = CONTENT_JSON,
): SealedField {
  const { key, commitment } = deriveFromDek(secrets.dek, place.refId);
  const { wrapKey, possessionTag } = deriveFromRefKek(secrets.refKek, place.refId, place.index);
  const plaintext = padded(json);
  try {
    const sealed = gcmSeal(
      aesKey(key),
      secrets.valueNonce,
      plaintext,
      associatedData('daykey/v2/value', place, content),
    );
    const wrapData = associatedData('daykey/v2/dek', place, content);
    const innerWrap = gcmSeal(aesKey(wrapKey), secrets.dekNonce, secrets.dek, wrapData);
    return { stored: Buffer.concat([possessionTag, Buffer.of(content), commitment, sealed]), innerWrap };
  } finally {
    key.fill(0);
    wrapKey.fill(0);
    plaintext.fill(0);
  }
}

/**
 * Whether the ref that a possession tag was derived from belongs to this stored field. Compares in constant time.
 * Costs no I/O: ask it before anything that depends on what is stored.
 */
export function isHeldBy({ possessionTag }: Pick<RefSecrets, 'possessionTag'>, stored: Buffer): boolean {
  return (
    stored.length >= POSSESSION_TAG_BYTES && timingSafeEqual(possessionTag, stored.subarray(0, POSSESSION_TAG_BYTES))
  );
}

/** The content type that a stored field states; `undefined` for any that does not exist. Opening authenticates it. */
export function statedContent(stored: Buffer): ContentType | undefined {
  const content = stored[CONTENT_AT];
  return content === CONTENT_JSON || content === CONTENT_BLOB_KEY ? content : undefined;
}

/**
 * Opens one field: its JSON text, or `undefined`, the same for every cryptographic failure.
 *
 * @param content what the field has to hold.
 */
export function openField(
  stored: Buffer,
  innerWrap: Buffer,
  secrets: RefSecrets,
  place: FieldPlace,
  content: ContentType = CONTENT_JSON,
): string | undefined {
  if (!isHeldBy(secrets, stored) || stored[CONTENT_AT] !== content) return undefined;
  if (stored.length < SEALED_VALUE_AT || innerWrap.length !== INNER_WRAP_BYTES) return undefined;
  const dek = gcmOpen(aesKey(secrets.wrapKey), innerWrap, associatedData('daykey/v2/dek', place, content));
  if (dek === undefined) return undefined;
  const { key, commitment } = deriveFromDek(dek, place.refId);
  let plaintext: Buffer | undefined;
  try {
    // The commitment first: a ciphertext that was made to open under two keys is never decrypted.
    if (!timingSafeEqual(commitment, stored.subarray(COMMITMENT_AT, SEALED_VALUE_AT))) return undefined;
    const valueData = associatedData('daykey/v2/value', place, content);
    plaintext = gcmOpen(aesKey(key), stored.subarray(SEALED_VALUE_AT), valueData);
    return plaintext && unpadded(plaintext);
  } finally {
    dek.fill(0);
    key.fill(0);
    plaintext?.fill(0);
  }
}
