// The associated data: what every local layer authenticates beside its ciphertext. Changing any part makes opening fail.

import type { KeyPool } from '../kek-life/holder.ts';

/** Format version: the first byte of a ref and part of the associated data. */
export const FORMAT_VERSION = 2;
/** Suite 1: AES-256-GCM with keys, commitments and possession tags by HKDF-SHA-256. */
export const SUITE = 1;
/** Content type 1: one JSON text in UTF-8, padded. */
export const CONTENT_JSON = 1;
/** Content type 2: the key of a blob, as the JSON text that `blob-key.ts` describes, padded. */
export const CONTENT_BLOB_KEY = 2;

/** What a field holds. Authenticated, so that a blob key never passes for a value, nor a value for a blob key. */
export type ContentType = typeof CONTENT_JSON | typeof CONTENT_BLOB_KEY;

/** The layer that the associated data belongs to, so that bytes of one layer are never accepted in another. */
export type Layer = 'daykey/v2/value' | 'daykey/v2/dek';

/** Where a field belongs. All of it is authenticated; none of it is secret. */
export interface FieldPlace {
  readonly app: string;
  /** Whose app KEK wraps the field: the app's own, or that of a pool. */
  readonly pool: KeyPool;
  /** Slot ID: the second from which its app KEK encrypts. */
  readonly slot: number;
  /** The second in which the bundle was sealed. */
  readonly createdAtS: number;
  /** Expiry and bundle ID, 19 bytes: see `ref.ts`. */
  readonly refId: Buffer;
  /** Position in the bundle, 0 to 63. */
  readonly index: number;
}

// The constant part in front: the label with its length, then version, suite and content type.
const HEADS: Record<Layer, Record<ContentType, Buffer>> = {
  'daykey/v2/value': headsOf('daykey/v2/value'),
  'daykey/v2/dek': headsOf('daykey/v2/dek'),
};

/** The canonical bytes: fixed order, big-endian integers of fixed width, variable parts after their 16-bit length. */
export function associatedData(layer: Layer, place: FieldPlace, content: ContentType = CONTENT_JSON): Buffer {
  const head = HEADS[layer][content];
  const { refId, app } = place;
  const pool = String(place.pool);
  const appBytes = Buffer.byteLength(app);
  const poolBytes = Buffer.byteLength(pool);
  const out = Buffer.allocUnsafe(head.length + 2 + refId.length + 1 + 8 + 8 + 2 + appBytes + 2 + poolBytes);
  let at = head.copy(out);
  at = out.writeUInt16BE(refId.length, at);
  at += refId.copy(out, at);
  at = out.writeUInt8(place.index, at);
  at = writeUInt64(out, place.createdAtS, at);
  at = writeUInt64(out, place.slot, at);
  at = out.writeUInt16BE(appBytes, at);
  at += out.write(app, at);
  at = out.writeUInt16BE(poolBytes, at);
  out.write(pool, at);
  return out;
}

function headsOf(layer: Layer): Record<ContentType, Buffer> {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(layer));
  const head = (content: ContentType) =>
    Buffer.concat([length, Buffer.from(layer), Buffer.of(FORMAT_VERSION, SUITE, content)]);
  return { [CONTENT_JSON]: head(CONTENT_JSON), [CONTENT_BLOB_KEY]: head(CONTENT_BLOB_KEY) };
}

const TWO_TO_48 = 2 ** 48;

/** Two writes instead of one BigInt, which costs more than the rest together. @throws RangeError unless a whole second. */
function writeUInt64(out: Buffer, value: number, at: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError('an instant must be a whole number of seconds');
  return out.writeUIntBE(value % TWO_TO_48, out.writeUInt16BE(Math.floor(value / TWO_TO_48), at), 6);
}
