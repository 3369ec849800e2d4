// A bundle: the fields of one encrypt request that are stored as one item and share one app KEK call.

import { createHmac } from 'node:crypto';
import { MAX_FIELDS } from '../../../wire/limits.ts';
import { FIELD_ENTROPY_BYTES, INNER_WRAP_BYTES, openField, sealField, takeSecrets } from './field.ts';
import { BUNDLE_ID_BYTES, formatRef, type Ref, SUBJECT_TAG_BYTES } from './ref.ts';

/** Where a bundle belongs; authenticated in every layer of every field. */
export interface BundlePlace {
  app: string;
  /** Slot ID: the instant, in seconds, from which its app KEK encrypts. */
  slot: number;
  /** From this second on nothing opens. */
  expiresAtS: number;
}

/** A bundle before the app KEK has wrapped it. */
export interface FreshBundle extends BundlePlace {
  /** Subject tag and bundle ID, 22 bytes. */
  refId: Buffer;
  /** Sealed fields by index, to be stored. */
  ciphertexts: Buffer[];
  /** 60 bytes a field in the order of the index: what one app KEK call wraps. The caller zero-fills it. */
  innerWraps: Buffer;
  /** Tokens in the order of the fields. They hold the ref KEKs: returned, never stored or logged. */
  tokens: string[];
}

/** The encryption context of the app KEK call. CloudTrail shows it in clear: no subject, no field name. */
export type WrapContext = { readonly v: '1'; readonly app: string; readonly slot: string; readonly b: string };

/** Random bytes that {@link sealBundle} draws for so many fields. */
export function bundleEntropyBytes(fields: number): number {
  return SUBJECT_TAG_BYTES + BUNDLE_ID_BYTES + fields * FIELD_ENTROPY_BYTES;
}

/**
 * Seals 1 to 64 JSON texts as one bundle.
 *
 * @param subjectTag 8 bytes from {@link subjectTag}, or `undefined` for a random tag.
 * @param entropy exactly {@link bundleEntropyBytes} random bytes; zero-filled on return.
 */
export function sealBundle(
  place: BundlePlace,
  jsons: readonly string[],
  subjectTag: Buffer | undefined,
  entropy: Buffer,
): FreshBundle {
  if (jsons.length < 1 || jsons.length > MAX_FIELDS) {
    throw new RangeError(`a bundle has 1 to ${MAX_FIELDS} fields, got ${jsons.length}`);
  }
  if (entropy.length !== bundleEntropyBytes(jsons.length)) throw new RangeError('the wrong amount of entropy');
  let drawn = 0;
  const take = (bytes: number) => {
    drawn += bytes;
    return entropy.subarray(drawn - bytes, drawn);
  };
  try {
    const randomTag = take(SUBJECT_TAG_BYTES);
    const refId = Buffer.concat([subjectTag ?? randomTag, take(BUNDLE_ID_BYTES)]);
    const hasSubject = subjectTag !== undefined;
    const innerWraps = Buffer.alloc(jsons.length * INNER_WRAP_BYTES);
    const ciphertexts: Buffer[] = [];
    const tokens: string[] = [];
    jsons.forEach((json, index) => {
      const secrets = takeSecrets(take);
      const sealed = sealField(json, { ...place, refId, index, hasSubject }, secrets);
      sealed.innerWrap.copy(innerWraps, index * INNER_WRAP_BYTES);
      sealed.innerWrap.fill(0);
      ciphertexts.push(sealed.ciphertext);
      tokens.push(formatRef({ refId, index, hasSubject, refKek: secrets.refKek }));
    });
    return { ...place, refId, ciphertexts, innerWraps, tokens };
  } finally {
    entropy.fill(0);
  }
}

/** Opens one field of a bundle whose inner wraps the app KEK has given back; `undefined` when it does not open. */
export function openFromBundle(
  place: BundlePlace,
  ciphertext: Buffer,
  innerWraps: Buffer,
  ref: Ref,
): string | undefined {
  const start = ref.index * INNER_WRAP_BYTES;
  return openField(ciphertext, innerWraps.subarray(start, start + INNER_WRAP_BYTES), ref.refKek, {
    app: place.app,
    slot: place.slot,
    expiresAtS: place.expiresAtS,
    refId: ref.refId,
    index: ref.index,
    hasSubject: ref.hasSubject,
  });
}

/** The encryption context of a bundle's app KEK call. */
export function wrapContext(place: Pick<BundlePlace, 'app' | 'slot'>, bundleId: string): WrapContext {
  return { v: '1', app: place.app, slot: String(place.slot), b: bundleId };
}

/** The bundle ID of a ref ID, in base64url. */
export function bundleId(refId: Buffer): string {
  return refId.toString('base64url', SUBJECT_TAG_BYTES);
}

/** The subject tag of a ref ID, in base64url. */
export function tagOf(refId: Buffer): string {
  return refId.toString('base64url', 0, SUBJECT_TAG_BYTES);
}

/** The first 8 bytes of HMAC-SHA-256 of the subject, keyed with the slot's salt: says nothing without the salt. */
export function subjectTag(salt: Buffer, subject: string): Buffer {
  return createHmac('sha256', salt).update(subject).digest().subarray(0, SUBJECT_TAG_BYTES);
}
