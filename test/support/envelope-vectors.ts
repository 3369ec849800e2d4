// The shape of the golden vectors, and the one way to open a case of theirs.

import { type BundlePlace, openFromBundle } from '../../vault/domain/envelope/bundle.ts';
import { parseRef } from '../../vault/domain/envelope/ref.ts';

/** One bundle that opens. Bytes are in hexadecimal. */
export interface OpensVector {
  about: string;
  expect: 'opens';
  place: BundlePlace;
  /** Where the subject tag comes from, or `null` for a random one. */
  subject: { salt: string; name: string } | null;
  /** What sealing drew: the same again gives the same bytes. */
  entropy: string;
  refId: string;
  innerWraps: string;
  fields: { json: string; sealedField: string; token: string }[];
}

/** One attempt that fails. */
export interface RefusedCase {
  why: string;
  expect: 'refused';
  /** The step that says no: the token itself, before any I/O, or the cryptography. */
  by: 'token' | 'opening';
  place: BundlePlace;
  innerWraps: string;
  sealedField: string;
  token: string;
}

/** Attempts of one kind. */
export interface RefusedVectors {
  about: string;
  expect: 'refused';
  cases: RefusedCase[];
}

export type VectorFile = OpensVector | RefusedVectors;

export type Attempt = Pick<RefusedCase, 'place' | 'innerWraps' | 'sealedField' | 'token'>;

/** What a reader gets who has the token and the stored bundle, and from KMS the inner wraps. */
export function attempt(of: Attempt): { opens: string } | { refusedBy: RefusedCase['by'] } {
  const ref = parseRef(of.token);
  if (!ref) return { refusedBy: 'token' };
  const json = openFromBundle(of.place, fromHex(of.sealedField), fromHex(of.innerWraps), ref);
  return json === undefined ? { refusedBy: 'opening' } : { opens: json };
}

export function fromHex(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}
