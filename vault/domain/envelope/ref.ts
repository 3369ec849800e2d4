// The ref as the caller holds it: one opaque token of 84 characters, one spelling each.

import { crc32 } from 'node:zlib';
import { MAX_FIELDS } from '../../../wire/limits.ts';
import { REF_PREFIX, REF_SHAPE } from '../../../wire/refs.ts';
import { KEY_BYTES } from './aes-gcm.ts';
import { FLAG_SUBJECT, FORMAT_VERSION } from './associated-data.ts';

/** Bytes of a subject tag. */
export const SUBJECT_TAG_BYTES = 8;
/** Bytes of a bundle ID: 112 random bits. */
export const BUNDLE_ID_BYTES = 14;
/** Bytes of a ref ID: subject tag and bundle ID. */
export const REF_ID_BYTES = SUBJECT_TAG_BYTES + BUNDLE_ID_BYTES;

// version 1, index and flags 1, subject tag 8, bundle ID 14, ref KEK 32
const BODY_BYTES = 1 + 1 + REF_ID_BYTES + KEY_BYTES;
const INDEX_MASK = MAX_FIELDS - 1;

/** What a token holds. Whoever owns it zero-fills `refKek`. */
export interface Ref {
  /** Subject tag (8 bytes) and bundle ID (14 bytes). */
  refId: Buffer;
  /** Position in the bundle, 0 to 63. */
  index: number;
  /** Whether the tag is a subject's, not random. */
  hasSubject: boolean;
  /** 32 bytes, never stored anywhere. */
  refKek: Buffer;
}

/** The token of a ref: `dk1_` and base64url of body and CRC-32. */
export function formatRef(ref: Ref): string {
  const bytes = Buffer.allocUnsafe(BODY_BYTES + 4);
  try {
    bytes.writeUInt8(FORMAT_VERSION, 0);
    bytes.writeUInt8(ref.index | (ref.hasSubject ? FLAG_SUBJECT : 0), 1);
    ref.refId.copy(bytes, 2);
    ref.refKek.copy(bytes, 2 + REF_ID_BYTES);
    bytes.writeUInt32BE(checksum(bytes.subarray(0, BODY_BYTES)), BODY_BYTES);
    return REF_PREFIX + bytes.toString('base64url');
  } finally {
    bytes.fill(0);
  }
}

/** The ref in a token, or `undefined` when it is not one. Costs no I/O. */
export function parseRef(token: string): Ref | undefined {
  if (!REF_SHAPE.test(token)) return undefined;
  const bytes = Buffer.from(token.slice(REF_PREFIX.length), 'base64url');
  try {
    const flagsAndIndex = bytes.readUInt8(1);
    // The bit between flag and index is reserved and has to be zero.
    if (bytes.readUInt8(0) !== FORMAT_VERSION || (flagsAndIndex & ~(FLAG_SUBJECT | INDEX_MASK)) !== 0) return undefined;
    if (bytes.readUInt32BE(BODY_BYTES) !== checksum(bytes.subarray(0, BODY_BYTES))) return undefined;
    return {
      refId: Buffer.from(bytes.subarray(2, 2 + REF_ID_BYTES)),
      index: flagsAndIndex & INDEX_MASK,
      hasSubject: (flagsAndIndex & FLAG_SUBJECT) !== 0,
      refKek: Buffer.from(bytes.subarray(2 + REF_ID_BYTES, BODY_BYTES)),
    };
  } finally {
    bytes.fill(0);
  }
}

/** Finds slips of the hand, nothing else: anybody can compute it. */
function checksum(body: Buffer): number {
  return crc32(body, crc32(REF_PREFIX));
}
