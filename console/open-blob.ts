// Opens a blob in the page: fetches its ciphertext and decrypts it with WebCrypto. The format: `wire/cobblestone.ts`.

import type { RevealedBlob } from './wire.ts';

const SALT_BYTES = 24;
const HEADER_BYTES = SALT_BYTES + 32;
const CHUNK_BYTES = 16 * 1024;
const TAG_BYTES = 16;
const LABEL = 'c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0';

/** The bytes of a blob, all of them authenticated. @throws Error that says what is wrong, in words for people. */
export async function openBlob(blob: RevealedBlob, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(blob.url, { cache: 'no-store', credentials: 'omit', redirect: 'error', signal });
  if (response.status === 404) throw new Error('The file was never uploaded, or has ended.');
  if (!response.ok) throw new Error('The file cannot be fetched. Reveal it again.');
  const sealed = new Uint8Array(await response.arrayBuffer());
  const chunks = Math.floor(blob.bytes / CHUNK_BYTES) + 1;
  if (sealed.length !== HEADER_BYTES + blob.bytes + chunks * TAG_BYTES) throw damaged();
  const { key, nonce } = await chunkKey(blob, sealed.subarray(0, HEADER_BYTES));
  const opened = new Uint8Array(blob.bytes);
  for (let number = 0; number < chunks; number += 1) {
    signal.throwIfAborted();
    const start = HEADER_BYTES + number * (CHUNK_BYTES + TAG_BYTES);
    const chunk = sealed.subarray(start, start + CHUNK_BYTES + TAG_BYTES);
    const parameters = { name: 'AES-GCM', iv: nonceFor(nonce, number) };
    const plaintext = await crypto.subtle.decrypt(parameters, key, chunk).catch(() => {
      throw damaged();
    });
    opened.set(new Uint8Array(plaintext), number * CHUNK_BYTES);
  }
  return opened;
}

/** The key and the base nonce of the chunks, once the header shows that the message is of this key and context. */
async function chunkKey(
  blob: RevealedBlob,
  header: Uint8Array<ArrayBuffer>,
): Promise<{ key: CryptoKey; nonce: Uint8Array<ArrayBuffer> }> {
  // HKDF-Expand (RFC 5869, 2.3) in two steps: WebCrypto's own HKDF would extract first.
  const hash = { name: 'HMAC', hash: 'SHA-512' };
  const inputKey = await crypto.subtle.importKey('raw', bytesIn(blob.key), hash, false, ['sign']);
  const info = joined(new TextEncoder().encode(LABEL), header.subarray(0, SALT_BYTES), bytesIn(blob.context));
  const hmac = async (...parts: readonly Uint8Array<ArrayBuffer>[]) =>
    new Uint8Array(await crypto.subtle.sign('HMAC', inputKey, joined(...parts)));
  const first = await hmac(info, Uint8Array.of(1));
  const okm = joined(first, await hmac(first, info, Uint8Array.of(2)));
  const commitment = okm.subarray(44, 76);
  if (!commitment.every((byte, at) => byte === header[SALT_BYTES + at])) throw damaged();
  const key = await crypto.subtle.importKey('raw', okm.subarray(0, 32), 'AES-GCM', false, ['decrypt']);
  const nonce = okm.slice(32, 44);
  for (const secret of [first, okm]) secret.fill(0);
  return { key, nonce };
}

/** The base nonce with the number of the chunk XORed onto its end. What the page shows has few chunks. */
function nonceFor(base: Uint8Array<ArrayBuffer>, number: number): Uint8Array<ArrayBuffer> {
  const nonce = base.slice();
  const end = new DataView(nonce.buffer, nonce.length - 4);
  end.setUint32(0, (end.getUint32(0) ^ number) >>> 0);
  return nonce;
}

function bytesIn(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function joined(...parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((bytes, { length }) => bytes + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function damaged(): Error {
  return new Error('The file is damaged: it is not what was sealed.');
}
