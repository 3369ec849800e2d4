// What a thief who knows the format does with bytes: tries each run of 32 as every kind of key.

import { aesKey, gcmOpen, KEY_BYTES } from '../../vault/domain/envelope/aes-gcm.ts';
import { associatedData, type FieldPlace } from '../../vault/domain/envelope/associated-data.ts';
import {
  COMMITMENT_BYTES,
  deriveFromDek,
  deriveFromRefKek,
  POSSESSION_TAG_BYTES,
} from '../../vault/domain/envelope/derive.ts';
import { INNER_WRAP_BYTES } from '../../vault/domain/envelope/field.ts';
import { unpadded } from '../../vault/domain/envelope/padding.ts';

/** One sealed field. All of it is in the table, or in the ref. */
export interface Target {
  readonly stored: Buffer;
  readonly place: FieldPlace;
}

/** What else the thief has. */
export interface Loot {
  /** Any bytes: a key may begin at each of them. */
  readonly bytes: readonly Buffer[];
  /** Of refs. */
  readonly refKeks?: readonly Buffer[];
  /** 60 bytes each: what KMS gives back, and what is never stored. */
  readonly innerWraps?: readonly Buffer[];
}

const SEALED_VALUE_AT = POSSESSION_TAG_BYTES + 1 + COMMITMENT_BYTES;

/** The JSON texts that come out: of the value layer under a `K_enc` or a DEK, and through inner wraps under a ref KEK or a wrap key. */
export function textsOpenedWith({ bytes, refKeks = [], innerWraps = [] }: Loot, { stored, place }: Target): string[] {
  const sealed = stored.subarray(SEALED_VALUE_AT);
  const [ofValue, ofDek] = [associatedData('daykey/v2/value', place), associatedData('daykey/v2/dek', place)];
  const texts: string[] = [];
  const tryKey = (key: Buffer) => {
    const padded = gcmOpen(aesKey(key), sealed, ofValue);
    const text = padded && unpadded(padded);
    if (text !== undefined) texts.push(text);
  };
  const tryDek = (dek: Buffer) => tryKey(deriveFromDek(dek, place.refId).key);
  const tryWrapKey = (key: Buffer, innerWrap: Buffer) => {
    const dek = gcmOpen(aesKey(key), innerWrap, ofDek);
    if (dek) tryDek(dek);
  };
  const wrapKeyOf = (refKek: Buffer) => deriveFromRefKek(refKek, place.refId, place.index).wrapKey;
  for (const candidate of windowsOf(bytes, KEY_BYTES)) {
    tryKey(candidate);
    tryDek(candidate);
    for (const innerWrap of innerWraps) {
      tryWrapKey(candidate, innerWrap);
      tryWrapKey(wrapKeyOf(candidate), innerWrap);
    }
  }
  for (const wrapKey of refKeks.map(wrapKeyOf)) {
    for (const innerWrap of innerWraps) tryWrapKey(wrapKey, innerWrap);
    for (const candidate of windowsOf(bytes, INNER_WRAP_BYTES)) tryWrapKey(wrapKey, candidate);
  }
  return texts;
}

function* windowsOf(pieces: readonly Buffer[], length: number): Iterable<Buffer> {
  for (const piece of pieces) {
    for (let start = 0; start + length <= piece.length; start += 1) yield piece.subarray(start, start + length);
  }
}
