// A row of the entry log: what the Console lists of an entry, and what it can read only with the log key.

import { constants, createPublicKey, type KeyObject, publicEncrypt } from 'node:crypto';
import { aesKey, gcmOpen, gcmSeal, KEY_BYTES, NONCE_BYTES } from '../envelope/aes-gcm.ts';

/** Where an entry was seen: at the edge that it came in by, or at the one that it left by. */
export type Direction = 'incoming' | 'outgoing';

/** What became of a value: it was sealed now, it was a ref already, an integration got it, or got stars. */
export type FieldOutcome = 'sealed' | 'ref' | 'opened' | 'redacted';

/** Address and end of a row. All of it is authenticated with what the row holds. */
export interface LogRowPlace {
  readonly app: string;
  /** When the entry was seen, in milliseconds since 1970. */
  readonly atMs: number;
  /** 16 characters of base64url, random. */
  readonly id: string;
  /** Seconds since 1970. From then on the row is not shown, and soon deleted. */
  readonly expiresAtS: number;
}

/** What the Console lists without any key. Holds neither a ref nor a value that was sealed, and no ID of the platform. */
export interface LogRowFace {
  readonly direction: Direction;
  readonly integration: string;
  readonly requestId: string;
  /** Type of the entry, where it has one. */
  readonly type?: string | undefined;
  readonly userType?: string | undefined;
  /** Mode of the thread. */
  readonly mode?: string | undefined;
  /** The rule that decided and why, in a sentence; only for incoming entries. */
  readonly decision?: { readonly sensitive: boolean; readonly rule: string; readonly why: string } | undefined;
  /** JSON text of the entry's data with stars in the place of everything that is or would be sealed. */
  readonly shown?: string | undefined;
  readonly fields: readonly LoggedField[];
  /** How many fields the row has no room for. */
  readonly fieldsLeftOut: number;
  /** Tag of the thread in base64url, 22 characters: keyed with a slot's salt, like a subject's. */
  readonly threadTag?: string | undefined;
}

/** A value in an entry. */
export interface LoggedField {
  /** JSON pointer (RFC 6901) from the entry. */
  readonly pointer: string;
  readonly outcome: FieldOutcome;
}

/** What only the holder of the log key can read. */
export interface LogRowSecrets {
  /** In the order of the fields. */
  readonly refs: readonly string[];
  /** The platform's IDs. */
  readonly entryId?: string | undefined;
  readonly threadId?: string | undefined;
}

/** The secrets of a row, under a key that only the log key gives back. */
export interface SealedSecrets {
  /** The row's AES key under the log key: 256 bytes, RSA-OAEP with SHA-256. */
  readonly wrappedKey: Buffer;
  /** `nonce || ciphertext || tag`, AES-256-GCM. */
  readonly box: Buffer;
}

/** A row as stored. */
export interface LogRow extends LogRowPlace {
  readonly face: LogRowFace;
  readonly sealed: SealedSecrets;
}

/** Random bytes that one row takes: ID, AES key and nonce. */
export const ROW_ENTROPY_BYTES = 12 + KEY_BYTES + NONCE_BYTES;
/** The longest life of a row, in seconds. */
export const MAX_ROW_LIFE_S = 24 * 3600;
/**
 * The most tags that the log is filtered by for one thread. Cycles of 1 hour have about 26 usable slots, and twice as many
 * after a change of the key pool. Only cycles for tests have more.
 */
export const MAX_THREAD_TAGS = 72;
const ROW_ID_BYTES = 12;
const LABEL = 'daykey/log/v1';

const INSTANT_DIGITS = 13;
const POSITION = /^\d{13}#[A-Za-z0-9_-]{16}$/;

/** A position after every row. */
export const END_OF_LOG = '9'.repeat(INSTANT_DIGITS);

/** Where a row stands in the log of its app: texts that sort by time. */
export function positionOf({ atMs, id }: Pick<LogRowPlace, 'atMs' | 'id'>): string {
  return `${positionAt(atMs)}#${id}`;
}

/** The position before every row of this instant, in milliseconds since 1970. */
export function positionAt(atMs: number): string {
  return String(atMs).padStart(INSTANT_DIGITS, '0');
}

/** The instant and the ID in a position, or `undefined` for any other text. */
export function parsePosition(text: string): Pick<LogRowPlace, 'atMs' | 'id'> | undefined {
  if (!POSITION.test(text)) return undefined;
  return { atMs: Number(text.slice(0, INSTANT_DIGITS)), id: text.slice(INSTANT_DIGITS + 1) };
}

/** The row's ID in its random bytes. */
export function rowIdIn(entropy: Buffer): string {
  return entropy.toString('base64url', 0, ROW_ID_BYTES);
}

/**
 * Seals the secrets of a row to the log key.
 *
 * @param entropy {@link ROW_ENTROPY_BYTES} random bytes, for this row only; zero-filled on return.
 */
export function sealSecrets(
  logKey: KeyObject,
  place: LogRowPlace,
  secrets: LogRowSecrets,
  entropy: Buffer,
): SealedSecrets {
  const key = entropy.subarray(ROW_ID_BYTES, ROW_ID_BYTES + KEY_BYTES);
  const nonce = entropy.subarray(ROW_ID_BYTES + KEY_BYTES);
  try {
    const box = gcmSeal(aesKey(key), nonce, Buffer.from(JSON.stringify(secrets)), rowData(place));
    const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    return { wrappedKey: publicEncrypt({ key: logKey, ...padding }, key), box };
  } finally {
    entropy.fill(0);
  }
}

/** The secrets of a row; `undefined` when it is not the row that was sealed. @param key zero-filled on return. */
export function openSecrets(key: Buffer, place: LogRowPlace, { box }: SealedSecrets): LogRowSecrets | undefined {
  try {
    const json = key.length === KEY_BYTES ? gcmOpen(aesKey(key), box, rowData(place)) : undefined;
    // What authenticates was written by `sealSecrets`.
    return json && (JSON.parse(json.toString('utf8')) as LogRowSecrets);
  } finally {
    key.fill(0);
  }
}

/** The log key's public half from DER (SubjectPublicKeyInfo, RFC 5280, 4.1). */
export function logKeyFromDer(der: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
}

/** The associated data of a row: no two rows have the same. */
function rowData({ app, atMs, id, expiresAtS }: LogRowPlace): Buffer {
  return Buffer.from(JSON.stringify([LABEL, app, atMs, id, expiresAtS]));
}
