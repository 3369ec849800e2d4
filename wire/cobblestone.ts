// Cobblestone-256 (C2SP, chunked-encryption@v1): encrypts a message of any size in chunks, each of which can be read alone.

import { createCipheriv, createDecipheriv, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

/** Bytes of the input key: as many as an AES-256 key has. */
export const INPUT_KEY_BYTES = 32;
/** Bytes of a salt, which never repeats for one input key. */
export const MESSAGE_SALT_BYTES = 24;
/** Plaintext bytes of every chunk but the last one, which is always shorter. */
export const CHUNK_BYTES = 16 * 1024;
/** Bytes in front of the chunks: salt and commitment. */
export const MESSAGE_HEADER_BYTES = MESSAGE_SALT_BYTES + 32;

const TAG_BYTES = 16;
const NONCE_AT = INPUT_KEY_BYTES;
const COMMITMENT_AT = NONCE_AT + 12;
const COMMITMENT_BYTES = 32;
const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;
const MAX_CHUNKS = 2 ** 38;
const ALGORITHM = 'aes-256-gcm';
const OPTIONS = { authTagLength: TAG_BYTES };
const LABEL = Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0');
const TWO_TO_32 = 2 ** 32;

/** Thrown where sealed bytes are not what was sealed: changed, cut, reordered, or of another key, salt or context. */
export class NotAuthentic extends Error {
  override readonly name = 'NotAuthentic';
}

/** One message: its header, and its chunks by number. */
export interface ChunkedMessage {
  /** What the sealed message begins with: salt (24 bytes) and commitment (32 bytes). */
  readonly header: Buffer;
  /** Ciphertext and tag of a chunk. A number is used once only: twice reveals both chunks. */
  seal(number: number, chunk: Uint8Array): [ciphertext: Buffer, tag: Buffer];
  /** A chunk. @throws NotAuthentic */
  open(number: number, sealed: Uint8Array): Buffer;
}

/** Takes bytes in pieces of any size, and gives chunk by chunk what comes of them. */
export interface ChunkStream {
  /** What the bytes complete. It may share memory with what was pushed only until the next call. */
  push(bytes: Uint8Array): Iterable<Buffer>;
  /** What is left. Nothing may be pushed after it. */
  end(): Iterable<Buffer>;
}

/** Bytes of a sealed message whose plaintext has this many. */
export function sealedLength(bytes: number): number {
  return MESSAGE_HEADER_BYTES + bytes + TAG_BYTES * (Math.floor(bytes / CHUNK_BYTES) + 1);
}

/** Where some plaintext lies in a sealed message. */
export interface SealedRange {
  /** Number of its first chunk. */
  readonly firstChunk: number;
  /** Bytes of the first chunk that come before it. */
  readonly skipBytes: number;
  /** Offset of the first chunk in the sealed message. */
  readonly start: number;
  /** Offset behind the last chunk. */
  readonly end: number;
  /** Whether the last chunk is that of the message, which is shorter than the others. */
  readonly isAtEnd: boolean;
}

/** The chunks that hold the plaintext from `start` to, not including, `end` of a message of `bytes` bytes. */
export function sealedRange(start: number, end: number, bytes: number): SealedRange {
  const firstChunk = Math.floor(start / CHUNK_BYTES);
  // An empty range still reads one chunk, so that it is authenticated too.
  const lastChunk = Math.floor(Math.max(end - 1, start) / CHUNK_BYTES);
  const isAtEnd = lastChunk === Math.floor(bytes / CHUNK_BYTES);
  return {
    firstChunk,
    skipBytes: start - firstChunk * CHUNK_BYTES,
    start: chunkOffset(firstChunk),
    end: isAtEnd ? sealedLength(bytes) : chunkOffset(lastChunk + 1),
    isAtEnd,
  };
}

/** A message to seal. @param salt 24 random bytes. */
export function newMessage(inputKey: Buffer, salt: Buffer, context: Buffer): ChunkedMessage {
  if (inputKey.length !== INPUT_KEY_BYTES) throw new RangeError(`an input key has ${INPUT_KEY_BYTES} bytes`);
  if (salt.length !== MESSAGE_SALT_BYTES) throw new RangeError(`a salt has ${MESSAGE_SALT_BYTES} bytes`);
  // HKDF-Expand (RFC 5869, 2.3) with SHA-512: 76 of the 128 bytes of two blocks.
  const prk = createSecretKey(inputKey);
  const info = Buffer.concat([LABEL, salt, context]);
  const first = createHmac('sha512', prk).update(info).update(Buffer.of(1)).digest();
  const second = createHmac('sha512', prk).update(first).update(info).update(Buffer.of(2)).digest();
  const okm = Buffer.concat([first, second]);
  try {
    const chunks = chunkCipher(okm.subarray(0, NONCE_AT), okm.subarray(NONCE_AT, COMMITMENT_AT));
    const commitment = okm.subarray(COMMITMENT_AT, COMMITMENT_AT + COMMITMENT_BYTES);
    return { header: Buffer.concat([salt, commitment]), ...chunks };
  } finally {
    for (const secret of [first, second, okm]) secret.fill(0);
  }
}

/** Chunks under a derived key and base nonce. Both are copied. Exported for the vectors: {@link newMessage} derives both. */
export function chunkCipher(derivedKey: Buffer, derivedNonce: Buffer): Pick<ChunkedMessage, 'seal' | 'open'> {
  const key = createSecretKey(derivedKey);
  const baseNonce = Buffer.from(derivedNonce);
  return {
    seal(number, chunk) {
      if (chunk.length > CHUNK_BYTES) throw new RangeError(`a chunk has at most ${CHUNK_BYTES} bytes`);
      const cipher = createCipheriv(ALGORITHM, key, nonceFor(baseNonce, number), OPTIONS);
      const ciphertext = cipher.update(chunk);
      // For GCM this gives no bytes. The two are not joined, which would copy every byte.
      cipher.final();
      return [ciphertext, cipher.getAuthTag()];
    },
    open(number, sealed) {
      if (sealed.length < TAG_BYTES) throw new NotAuthentic('a chunk is shorter than its tag');
      const tagStart = sealed.length - TAG_BYTES;
      const decipher = createDecipheriv(ALGORITHM, key, nonceFor(baseNonce, number), OPTIONS);
      const chunk = decipher.setAuthTag(sealed.subarray(tagStart)).update(sealed.subarray(0, tagStart));
      try {
        // For GCM this gives no bytes: it is where the tag is checked.
        decipher.final();
        return chunk;
      } catch {
        chunk.fill(0);
        throw new NotAuthentic('a chunk is not what was sealed');
      }
    },
  };
}

/** The message that a header begins. @throws NotAuthentic when it was not made with this key and context. */
export function openMessage(inputKey: Buffer, header: Buffer, context: Buffer): ChunkedMessage {
  if (header.length !== MESSAGE_HEADER_BYTES) throw new NotAuthentic('the message ends within its header');
  const message = newMessage(inputKey, header.subarray(0, MESSAGE_SALT_BYTES), context);
  if (!timingSafeEqual(message.header, header)) throw new NotAuthentic('the message is of another key or context');
  return message;
}

/** Seals a message from its beginning: header first, then its chunks. */
export function sealing({ header, seal }: ChunkedMessage): ChunkStream {
  let number = 0;
  const next = (chunk: Uint8Array) => {
    const sealed = seal(number, chunk);
    number += 1;
    return sealed;
  };
  let isBegun = false;
  function* withHeader(chunks: Iterable<Uint8Array>): Iterable<Buffer> {
    if (!isBegun) yield header;
    isBegun = true;
    for (const chunk of chunks) yield* next(chunk);
  }
  const blocks = blocksOf(CHUNK_BYTES);
  return {
    push: (bytes) => withHeader(blocks.push(bytes)),
    end: () => withHeader([blocks.rest()]),
  };
}

/**
 * Opens the chunks of a message from `firstChunk` on. Gives a chunk only once it is authenticated.
 *
 * @param isAtEnd whether the last chunk that is pushed is that of the message.
 */
export function opening(
  { open }: ChunkedMessage,
  { firstChunk, isAtEnd }: Pick<SealedRange, 'firstChunk' | 'isAtEnd'>,
): ChunkStream {
  let number = firstChunk;
  const next = (sealed: Uint8Array) => {
    const chunk = open(number, sealed);
    number += 1;
    return chunk;
  };
  const blocks = blocksOf(SEALED_CHUNK_BYTES);
  return {
    *push(bytes) {
      for (const sealed of blocks.push(bytes)) yield next(sealed);
    },
    *end() {
      const rest = blocks.rest();
      // The last chunk of a message is shorter than the others, so a message that ends with a whole one is cut.
      if (isAtEnd) yield next(rest);
      else if (rest.length > 0) throw new NotAuthentic('the message ends within a chunk');
    },
  };
}

/** Cuts what is pushed into blocks of one size. */
function blocksOf(blockBytes: number) {
  const pending = Buffer.allocUnsafe(blockBytes);
  let filled = 0;
  return {
    *push(bytes: Uint8Array): Iterable<Uint8Array> {
      let at = 0;
      while (at < bytes.length) {
        if (filled === 0 && bytes.length - at >= blockBytes) {
          // A whole block is taken as it is, without a copy.
          yield bytes.subarray(at, at + blockBytes);
          at += blockBytes;
          continue;
        }
        const taken = Math.min(blockBytes - filled, bytes.length - at);
        pending.set(bytes.subarray(at, at + taken), filled);
        filled += taken;
        at += taken;
        if (filled < blockBytes) continue;
        filled = 0;
        yield pending;
      }
    },
    /** What does not fill a block. */
    rest: () => pending.subarray(0, filled),
  };
}

function chunkOffset(number: number): number {
  return MESSAGE_HEADER_BYTES + number * SEALED_CHUNK_BYTES;
}

/** The base nonce with the number of the chunk, as a big-endian integer, XORed onto its end. */
function nonceFor(baseNonce: Buffer, number: number): Buffer {
  if (!(number >= 0 && number < MAX_CHUNKS)) throw new RangeError('a message has at most 2^38 chunks');
  const nonce = Buffer.from(baseNonce);
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ (number % TWO_TO_32)) >>> 0, 8);
  nonce.writeUInt8(nonce.readUInt8(7) ^ Math.floor(number / TWO_TO_32), 7);
  return nonce;
}
