// What every local layer authenticates beside its ciphertext. Change one of these and nothing opens.

/** Format version, the first byte of a token and part of the associated data. */
export const FORMAT_VERSION = 1;
/** Suite 1: AES-256-GCM with keys and commitments by HKDF-SHA-256. */
export const SUITE = 1;
/** Content type 1: one JSON text in UTF-8, padded. */
export const CONTENT_JSON = 1;

/** Which layer the associated data belongs to, so that one layer's bytes never pass for another's. */
export type Layer = 'daykey/v1/value' | 'daykey/v1/dek';

/** Where a field belongs. All of it is authenticated; none of it is secret. */
export interface FieldPlace {
  app: string;
  /** Slot ID: the instant, in seconds, from which its app KEK encrypts. */
  slot: number;
  /** From this second on nothing opens. */
  expiresAtS: number;
  /** Subject tag and bundle ID: 22 bytes. */
  refId: Buffer;
  /** Position in the bundle, 0 to 63. */
  index: number;
  /** Whether the subject tag in `refId` is a subject's, not random. */
  hasSubject: boolean;
}

/** Flag of a ref whose tag is a subject's. Shares its byte with the index in a token. */
export const FLAG_SUBJECT = 0x80;

// A layer's label behind its length, with version and suite: the same for every field.
const HEADS: Record<Layer, Buffer> = {
  'daykey/v1/value': headOf('daykey/v1/value'),
  'daykey/v1/dek': headOf('daykey/v1/dek'),
};

/** The canonical bytes: fixed order, fixed widths, big-endian, each variable part behind its 16-bit length. */
export function associatedData(layer: Layer, place: FieldPlace): Buffer {
  const head = HEADS[layer];
  const { refId, app } = place;
  const appBytes = Buffer.byteLength(app);
  const out = Buffer.allocUnsafe(head.length + 2 + 2 + refId.length + 1 + 8 + 8 + 2 + appBytes);
  let at = head.copy(out);
  at = out.writeUInt8(place.hasSubject ? FLAG_SUBJECT : 0, at);
  at = out.writeUInt8(CONTENT_JSON, at);
  at = out.writeUInt16BE(refId.length, at);
  at += refId.copy(out, at);
  at = out.writeUInt8(place.index, at);
  at = writeUInt64(out, place.expiresAtS, at);
  at = writeUInt64(out, place.slot, at);
  at = out.writeUInt16BE(appBytes, at);
  out.write(app, at);
  return out;
}

function headOf(layer: Layer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(layer));
  return Buffer.concat([length, Buffer.from(layer), Buffer.of(FORMAT_VERSION, SUITE)]);
}

const TWO_TO_48 = 2 ** 48;

/** Two parts instead of one BigInt, which costs more than all the rest. @throws RangeError for what is no second. */
function writeUInt64(out: Buffer, value: number, at: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError('an instant is a whole number of seconds');
  return out.writeUIntBE(value % TWO_TO_48, out.writeUInt16BE(Math.floor(value / TWO_TO_48), at), 6);
}
