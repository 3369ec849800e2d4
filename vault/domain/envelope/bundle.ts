// A bundle: the fields of one encrypt request that are stored as one item and share one app KEK call.

import { MAX_FIELDS } from '../../../wire/limits.ts';
import type { KeyPool } from '../kek-life/holder.ts';
import { CONTENT_JSON, type ContentType, type FieldPlace } from './associated-data.ts';
import { derive, type RefSecrets } from './derive.ts';
import { FIELD_ENTROPY_BYTES, INNER_WRAP_BYTES, openField, sealField, takeSecrets } from './field.ts';
import { BUNDLE_ID_BYTES, expiryIn, formatRef, type Ref, refIdFor } from './ref.ts';

/** Bytes of a subject tag. */
export const SUBJECT_TAG_BYTES = 16;

/** Where a bundle belongs; authenticated in every layer of every field. */
export interface BundlePlace {
  readonly app: string;
  /** Whose app KEK wraps the bundle: the app's own, or that of a pool. */
  readonly pool: KeyPool;
  /** Slot ID: the second from which its app KEK encrypts. */
  readonly slot: number;
  /** The second in which the bundle is sealed. */
  readonly createdAtS: number;
  /** No value opens from this second on; at most {@link MAX_EXPIRY_S}. */
  readonly expiresAtS: number;
}

/** A bundle before the app KEK has wrapped it. */
export interface FreshBundle extends BundlePlace {
  /** Expiry and bundle ID, 19 bytes. */
  readonly refId: Buffer;
  /** Sealed fields by index, to be stored. */
  readonly sealedFields: readonly Buffer[];
  /** 60 bytes for each field in the order of the index: what one app KEK call wraps. The caller zero-fills it. */
  readonly innerWraps: Buffer;
  /** Refs in the order of the fields. They hold the ref KEKs: returned, never stored or logged. */
  readonly refs: readonly string[];
}

/** How many random bytes {@link sealBundle} takes for so many fields. */
export function bundleEntropyBytes(fields: number): number {
  return BUNDLE_ID_BYTES + fields * FIELD_ENTROPY_BYTES;
}

/**
 * Seals 1 to 64 JSON texts as one bundle.
 *
 * @param entropy exactly {@link bundleEntropyBytes} random bytes; zero-filled on return.
 * @param content what the texts are.
 */
export function sealBundle(
  place: BundlePlace,
  jsons: readonly string[],
  entropy: Buffer,
  content: ContentType = CONTENT_JSON,
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
    const refId = refIdFor(place.expiresAtS, take(BUNDLE_ID_BYTES));
    const innerWraps = Buffer.alloc(jsons.length * INNER_WRAP_BYTES);
    const sealedFields: Buffer[] = [];
    const refs: string[] = [];
    jsons.forEach((json, index) => {
      const secrets = takeSecrets(take);
      const { stored, innerWrap } = sealField(json, fieldPlace(place, refId, index), secrets, content);
      innerWrap.copy(innerWraps, index * INNER_WRAP_BYTES);
      innerWrap.fill(0);
      sealedFields.push(stored);
      refs.push(formatRef({ refId, index, refKek: secrets.refKek }));
    });
    return { ...place, refId, sealedFields, innerWraps, refs };
  } finally {
    entropy.fill(0);
  }
}

/**
 * Opens one field of a bundle whose inner wraps the app KEK has given back; `undefined` when it does not open.
 *
 * @param place as stored with the bundle. Its expiry must be the ref's.
 * @param secrets what {@link deriveFromRefKek} gave for the ref.
 * @param content what the field has to hold.
 */
export function openFromBundle(
  place: BundlePlace,
  stored: Buffer,
  innerWraps: Buffer,
  { refId, index }: Pick<Ref, 'refId' | 'index'>,
  secrets: RefSecrets,
  content: ContentType = CONTENT_JSON,
): string | undefined {
  if (place.expiresAtS !== expiryIn(refId)) return undefined;
  const start = index * INNER_WRAP_BYTES;
  const innerWrap = innerWraps.subarray(start, start + INNER_WRAP_BYTES);
  return openField(stored, innerWrap, secrets, fieldPlace(place, refId, index), content);
}

function fieldPlace({ app, pool, slot, createdAtS }: BundlePlace, refId: Buffer, index: number): FieldPlace {
  return { app, pool, slot, createdAtS, refId, index };
}

/** 16 bytes that are derived from the slot's salt and the subject: they say nothing without the salt. */
export function subjectTag(salt: Buffer, subject: string): Buffer {
  return derive(salt, 'subjectTag', SUBJECT_TAG_BYTES, Buffer.from(subject));
}
