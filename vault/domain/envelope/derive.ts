// HKDF-SHA-256 (RFC 5869), the labels of all derivations, and what is derived from a DEK and from a ref KEK.

import { hash } from 'node:crypto';
import { KEY_BYTES } from './aes-gcm.ts';

/** Bytes of a key commitment: a full SHA-256 output, so that finding a collision takes 2^128 work. */
export const COMMITMENT_BYTES = 32;
/** Bytes of a possession tag: guessing one takes 2^128 tries. */
export const POSSESSION_TAG_BYTES = 16;

const HASH_BYTES = 32;
const MOST_BYTES = 255 * HASH_BYTES;
const NO_CONTEXT = Buffer.alloc(0);

/**
 * The beginning of each derivation's input. No label is the beginning of another one, so two derivations from the same key never
 * have the same input, whatever follows the label.
 */
export const LABELS = {
  valueKey: Buffer.from('daykey/v2/key'),
  commitment: Buffer.from('daykey/v2/commitment'),
  refSecrets: Buffer.from('daykey/v2/ref'),
  appHalfKey: Buffer.from('daykey/v2/app-half/key'),
  appHalfTagSalt: Buffer.from('daykey/v2/app-half/tag'),
  attachKey: Buffer.from('daykey/v2/attach'),
  subjectTag: Buffer.from('daykey/v2/subject'),
};

/** What a ref KEK gives. The owner zero-fills `wrapKey`. */
export interface RefSecrets {
  /** 32 bytes: the key of the inner wrap. */
  readonly wrapKey: Buffer;
  /** 16 bytes, stored with the field: only a holder of the ref can compute it. It says nothing about the wrap key. */
  readonly possessionTag: Buffer;
}

/** `K_enc` and the commitment of a DEK, both bound to the ref ID. The caller zero-fills the key. */
export function deriveFromDek(dek: Buffer, refId: Buffer): { key: Buffer; commitment: Buffer } {
  // Node's hkdfSync would repeat the extract step for each of the two.
  const prk = hkdfExtract(refId, dek);
  try {
    return {
      key: derive(prk, 'valueKey', KEY_BYTES),
      commitment: derive(prk, 'commitment', COMMITMENT_BYTES),
    };
  } finally {
    prk.fill(0);
  }
}

/** Wrap key and possession tag of a ref KEK, both bound to the ref ID and the field's index. */
export function deriveFromRefKek(refKek: Buffer, refId: Buffer, index: number): RefSecrets {
  const prk = hkdfExtract(refId, refKek);
  try {
    const okm = derive(prk, 'refSecrets', KEY_BYTES + POSSESSION_TAG_BYTES, Buffer.of(index));
    return { wrapKey: okm.subarray(0, KEY_BYTES), possessionTag: okm.subarray(KEY_BYTES) };
  } finally {
    prk.fill(0);
  }
}

/**
 * HKDF-Expand of a label and a context. The caller zero-fills the key, and the output if it is secret.
 *
 * @param key 32 bytes: from {@link hkdfExtract}, or random.
 * @param context tells apart what is derived under one label.
 */
export function derive(key: Buffer, purpose: keyof typeof LABELS, bytes: number, context: Buffer = NO_CONTEXT): Buffer {
  const label = LABELS[purpose];
  return hkdfExpand(key, context.length === 0 ? label : Buffer.concat([label, context]), bytes);
}

/** HKDF-Extract (RFC 5869, 2.2): the pseudorandom key, 32 bytes. The caller zero-fills it, and the secret. */
export function hkdfExtract(salt: Buffer, secret: Buffer): Buffer {
  return hmac(salt, [secret]);
}

/**
 * HKDF-Expand (RFC 5869, 2.3): 1 to 8,160 bytes. The caller zero-fills them, and the pseudorandom key. The vault calls it by
 * {@link derive}, which adds the label.
 */
export function hkdfExpand(prk: Buffer, info: Buffer, bytes: number): Buffer {
  if (bytes < 1 || bytes > MOST_BYTES) throw new RangeError(`HKDF gives 1 to ${MOST_BYTES} bytes, got ${bytes}`);
  const out = Buffer.alloc(bytes);
  let previous: Buffer = Buffer.alloc(0);
  for (let at = 0; at < bytes; at += HASH_BYTES) {
    const block = hmac(prk, [previous, info, Buffer.of(at / HASH_BYTES + 1)]);
    block.copy(out, at);
    previous.fill(0);
    previous = block;
  }
  previous.fill(0);
  return out;
}

// HMAC-SHA-256 (RFC 2104) as two one-shot hashes: a Hmac of Node and its key object take 2.5 times as long.
const BLOCK_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
/** Where the input of each hash is put together. Zero-filled after each HMAC; nothing else runs during one. */
const SPACE = Buffer.alloc(512);

function hmac(key: Buffer, message: readonly Buffer[]): Buffer {
  const messageEnd = message.reduce((end, part) => end + part.length, BLOCK_BYTES);
  const space = messageEnd <= SPACE.length ? SPACE : Buffer.alloc(messageEnd);
  const keyBytes = key.length <= BLOCK_BYTES ? key : hash('sha256', key, 'buffer');
  let at = putPadded(space, keyBytes, INNER_PAD);
  for (const part of message) at += part.copy(space, at);
  // As a text, which costs a third of a buffer. Without the key it tells nothing about the result.
  const inner = hash('sha256', space.subarray(0, at), 'binary');
  at = putPadded(space, keyBytes, OUTER_PAD);
  at += space.write(inner, at, 'binary');
  const mac = hash('sha256', space.subarray(0, at), 'buffer');
  space.fill(0, 0, Math.max(at, messageEnd));
  return mac;
}

/** Puts the key, filled up to a block and XORed with the pad, at the beginning. Gives the end of the block. */
function putPadded(space: Buffer, key: Buffer, pad: number): number {
  space.fill(pad, 0, BLOCK_BYTES);
  // A callback for each byte would take six times as long.
  for (let i = 0; i < key.length; i += 1) space[i] = (key[i] ?? 0) ^ pad;
  return BLOCK_BYTES;
}
