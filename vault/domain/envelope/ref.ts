// A ref: what the caller holds for one field. A text of 80 characters, one spelling each.

import { crc32 } from 'node:zlib';
import { MAX_FIELDS, MAX_TTL_SECONDS } from '../../../wire/limits.ts';
import { REF_PREFIX, REF_SHAPE } from '../../../wire/refs.ts';
import { KEY_BYTES } from './aes-gcm.ts';
import { FORMAT_VERSION } from './associated-data.ts';

/** Bytes of a bundle ID: 120 random bits. */
export const BUNDLE_ID_BYTES = 15;
/** Bytes of a ref ID: expiry and bundle ID. */
export const REF_ID_BYTES = 4 + BUNDLE_ID_BYTES;
/** The latest expiry that a ref can hold, in seconds since 1970 (7 February 2106). */
export const MAX_EXPIRY_S = 2 ** 32 - 1;

// version 1, index 1, ref ID 19, ref KEK 32
const BODY_BYTES = 1 + 1 + REF_ID_BYTES + KEY_BYTES;
const CHECKSUM_BYTES = 4;

/** Characters of a ref. */
export const REF_LENGTH = REF_PREFIX.length + ((BODY_BYTES + CHECKSUM_BYTES) * 4) / 3;

/** What a ref holds. The owner zero-fills `refKek`. */
export interface Ref {
  /** Expiry (4 bytes) and bundle ID (15 bytes): where the bundle is stored, and the salt of all that is derived. */
  readonly refId: Buffer;
  /** The expiry in the ref ID, in seconds since 1970. Nothing has authenticated it yet. */
  readonly expiresAtS: number;
  /** Position in the bundle, 0 to 63. */
  readonly index: number;
  /** 32 bytes that are never stored anywhere. They key nothing themselves: see `derive.ts`. */
  readonly refKek: Buffer;
}

/** The ref ID of a bundle. @throws RangeError for an expiry beyond {@link MAX_EXPIRY_S}. */
export function refIdFor(expiresAtS: number, bundleId: Buffer): Buffer {
  const refId = Buffer.allocUnsafe(REF_ID_BYTES);
  if (!Number.isInteger(expiresAtS)) throw new RangeError('an expiry must be a whole number of seconds');
  bundleId.copy(refId, refId.writeUInt32BE(expiresAtS, 0));
  return refId;
}

/** The expiry in a ref ID, in seconds since 1970. */
export function expiryIn(refId: Buffer): number {
  return refId.readUInt32BE(0);
}

/** The bundle ID in a ref ID, as 20 characters of base64url. */
export function bundleIdIn(refId: Buffer): string {
  return refId.toString('base64url', REF_ID_BYTES - BUNDLE_ID_BYTES);
}

/** The text of a ref: `dk2_` and base64url of its bytes and their CRC-32. */
export function formatRef({ refId, index, refKek }: Pick<Ref, 'refId' | 'index' | 'refKek'>): string {
  const bytes = Buffer.allocUnsafe(BODY_BYTES + CHECKSUM_BYTES);
  try {
    bytes.writeUInt8(FORMAT_VERSION, 0);
    bytes.writeUInt8(index, 1);
    refId.copy(bytes, 2);
    refKek.copy(bytes, 2 + REF_ID_BYTES);
    bytes.writeUInt32BE(checksum(bytes.subarray(0, BODY_BYTES)), BODY_BYTES);
    return REF_PREFIX + bytes.toString('base64url');
  } finally {
    bytes.fill(0);
  }
}

/** The ref in a text, or `undefined` for any other text. Costs no I/O. */
export function parseRef(text: string): Ref | undefined {
  if (!REF_SHAPE.test(text)) return undefined;
  const bytes = Buffer.from(text.slice(REF_PREFIX.length), 'base64url');
  try {
    const index = bytes.readUInt8(1);
    // The two bits above the index are spare: 0 in every ref.
    if (bytes.readUInt8(0) !== FORMAT_VERSION || index >= MAX_FIELDS) return undefined;
    if (bytes.readUInt32BE(BODY_BYTES) !== checksum(bytes.subarray(0, BODY_BYTES))) return undefined;
    const refId = Buffer.from(bytes.subarray(2, 2 + REF_ID_BYTES));
    return {
      refId,
      expiresAtS: expiryIn(refId),
      index,
      refKek: Buffer.from(bytes.subarray(2 + REF_ID_BYTES, BODY_BYTES)),
    };
  } finally {
    bytes.fill(0);
  }
}

/** The field as the audit log names it: nothing in it opens anything. */
export function fieldName({ refId, index }: Pick<Ref, 'refId' | 'index'>): string {
  return `${bundleIdIn(refId)}:${index}`;
}

/** How much further away than the longest time to live an expiry may be, in seconds: clocks differ. */
const EXPIRY_TOLERANCE_S = 3600;

/** Why a ref cannot open now, whatever is stored. Costs no I/O. */
export function expiryFault({ expiresAtS }: Pick<Ref, 'expiresAtS'>, nowS: number): 'expired' | 'too-far' | undefined {
  if (nowS >= expiresAtS) return 'expired';
  return expiresAtS > nowS + MAX_TTL_SECONDS + EXPIRY_TOLERANCE_S ? 'too-far' : undefined;
}

/** Detects typing and copying errors. It protects nothing: anyone can compute it. */
function checksum(body: Buffer): number {
  return crc32(body, crc32(REF_PREFIX));
}
