// What a thief who knows the format does with bytes: tries each 32 of them as every key that there is.

import { aesKey, gcmOpen, KEY_BYTES } from '../../vault/domain/envelope/aes-gcm.ts';
import { associatedData, type FieldPlace } from '../../vault/domain/envelope/associated-data.ts';
import { COMMITMENT_BYTES, deriveFromDek } from '../../vault/domain/envelope/derive.ts';
import { INNER_WRAP_BYTES } from '../../vault/domain/envelope/field.ts';
import { unpadded } from '../../vault/domain/envelope/padding.ts';

/** One sealed field. All of it stands in the table, or in the ref. */
export interface Target {
  readonly ciphertext: Buffer;
  readonly place: FieldPlace;
}

/** What the thief has beside it. */
export interface Loot {
  /** Anything at all: a key may begin at any byte. */
  readonly bytes: readonly Buffer[];
  /** Of refs. */
  readonly refKeks?: readonly Buffer[];
  /** 60 bytes each: what KMS gives back, and nobody stores. */
  readonly innerWraps?: readonly Buffer[];
}

const CONTENT_TYPE_BYTES = 1;

/** The JSON texts that come out: of the value layer under a `K_enc` or a DEK, and through inner wraps under a ref KEK. */
export function textsOpenedWith(
  { bytes, refKeks = [], innerWraps = [] }: Loot,
  { ciphertext, place }: Target,
): string[] {
  const sealed = ciphertext.subarray(CONTENT_TYPE_BYTES + COMMITMENT_BYTES);
  const [ofValue, ofDek] = [associatedData('daykey/v1/value', place), associatedData('daykey/v1/dek', place)];
  const texts: string[] = [];
  const tryKey = (key: Buffer) => {
    const padded = gcmOpen(aesKey(key), sealed, ofValue);
    const text = padded && unpadded(padded);
    if (text !== undefined) texts.push(text);
  };
  const tryDek = (dek: Buffer) => tryKey(deriveFromDek(dek, place.refId).key);
  const tryWrap = (refKek: Buffer, innerWrap: Buffer) => {
    const dek = gcmOpen(aesKey(refKek), innerWrap, ofDek);
    if (dek) tryDek(dek);
  };
  for (const candidate of windowsOf(bytes, KEY_BYTES)) {
    tryKey(candidate);
    tryDek(candidate);
    for (const innerWrap of innerWraps) tryWrap(candidate, innerWrap);
  }
  for (const refKek of refKeks) {
    for (const innerWrap of innerWraps) tryWrap(refKek, innerWrap);
    for (const candidate of windowsOf(bytes, INNER_WRAP_BYTES)) tryWrap(refKek, candidate);
  }
  return texts;
}

function* windowsOf(pieces: readonly Buffer[], length: number): Iterable<Buffer> {
  for (const piece of pieces) {
    for (let start = 0; start + length <= piece.length; start += 1) yield piece.subarray(start, start + length);
  }
}
