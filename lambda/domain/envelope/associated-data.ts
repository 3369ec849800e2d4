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

/** The canonical bytes: fixed order, fixed widths, big-endian, each variable part behind its 16-bit length. */
export function associatedData(layer: Layer, place: FieldPlace): Buffer {
  const label = Buffer.from(layer);
  const app = Buffer.from(place.app);
  const { refId } = place;
  const out = Buffer.allocUnsafe(2 + label.length + 4 + 2 + refId.length + 1 + 8 + 8 + 2 + app.length);
  let at = 0;
  const part = (bytes: Buffer) => {
    at = out.writeUInt16BE(bytes.length, at);
    at += bytes.copy(out, at);
  };
  part(label);
  at = out.writeUInt8(FORMAT_VERSION, at);
  at = out.writeUInt8(SUITE, at);
  at = out.writeUInt8(place.hasSubject ? FLAG_SUBJECT : 0, at);
  at = out.writeUInt8(CONTENT_JSON, at);
  part(refId);
  at = out.writeUInt8(place.index, at);
  at = out.writeBigUInt64BE(BigInt(place.expiresAtS), at);
  at = out.writeBigUInt64BE(BigInt(place.slot), at);
  part(app);
  return out;
}
