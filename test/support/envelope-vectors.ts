// The shape of the golden vectors, and the one way to open a case of theirs.

import type { BundlePlace } from '../../vault/domain/envelope/bundle.ts';
import type { WrapContext } from '../../vault/domain/envelope/context.ts';
import { isHeldBy } from '../../vault/domain/envelope/field.ts';
import { parseRef } from '../../vault/domain/envelope/ref.ts';
import type { Buckets } from '../../vault/domain/kek-life/bucket.ts';
import type { KeyPool } from '../../vault/domain/kek-life/holder.ts';
import { openWith, secretsOf } from './envelope.ts';

/** One bundle that opens. Bytes are in hexadecimal. */
export interface OpensVector {
  about: string;
  expect: 'opens';
  place: BundlePlace;
  /** What sealing drew: the same again gives the same bytes. */
  entropy: string;
  refId: string;
  innerWraps: string;
  fields: { json: string; sealedField: string; ref: string }[];
}

/** One attempt that fails. */
export interface RefusedCase {
  why: string;
  expect: 'refused';
  /** The step that refuses: the ref and the possession tag, both without KMS, or the cryptography after KMS. */
  by: 'ref' | 'possession' | 'opening';
  place: BundlePlace;
  innerWraps: string;
  sealedField: string;
  ref: string;
}

/** Attempts of one kind. */
export interface RefusedVectors {
  about: string;
  expect: 'refused';
  cases: RefusedCase[];
}

/** What a subject's tag is. */
export interface SubjectVectors {
  about: string;
  expect: 'tags';
  cases: { salt: string; subject: string; tag: string }[];
}

/** Keys of blobs, sealed, and the first blobs that they encrypt. Bytes are in hexadecimal. */
export interface BlobVectors {
  about: string;
  expect: 'blobs';
  cases: {
    place: BundlePlace;
    entropy: string;
    key: string;
    bytes: number;
    sealedField: string;
    innerWraps: string;
    ref: string;
    context: string;
    salt: string;
    plaintext: string;
    message: string;
    integration: string;
    generation: string;
    tagSalt: string;
    proof: string;
  }[];
}

/** What KMS is asked with. */
export interface ContextVectors {
  about: string;
  expect: 'contexts';
  cases: {
    about: string;
    latestExpiryS: number;
    buckets: Buckets;
    app: string;
    pool: KeyPool;
    bundleId: string;
    expiresAtS: number;
    context: WrapContext | null;
  }[];
}

/** An app's half of a pool's app KEK, and inner wraps under it. Bytes are in hexadecimal. */
export interface HalfVectors {
  about: string;
  expect: 'halves';
  cases: {
    app: string;
    slot: number;
    secret: string;
    salt: string;
    tagSalt: string;
    context: WrapContext;
    nonce: string;
    innerWraps: string;
    sealed: string;
  }[];
}

export type VectorFile = OpensVector | RefusedVectors | ContextVectors | SubjectVectors | BlobVectors | HalfVectors;

export type Attempt = Pick<RefusedCase, 'place' | 'innerWraps' | 'sealedField' | 'ref'>;

/** What a reader gets that has the ref and the stored bundle, and from KMS the inner wraps. */
export function attempt(of: Attempt): { opens: string } | { refusedBy: RefusedCase['by'] } {
  const ref = parseRef(of.ref);
  if (!ref) return { refusedBy: 'ref' };
  const stored = fromHex(of.sealedField);
  const json = openWith(ref, of.place, stored, fromHex(of.innerWraps));
  if (isHeldBy(secretsOf(ref), stored)) return json === undefined ? { refusedBy: 'opening' } : { opens: json };
  if (json !== undefined) throw new Error('a field opened though its possession tag does not match');
  return { refusedBy: 'possession' };
}

export function fromHex(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}
