// The mark of the testing kit's refs: a spare bit that is 0 in every real ref, so every real vault refuses them.

import { crc32 } from 'node:zlib';
import type { Handler } from '../../vault/operations/handler.ts';
import { REF_PREFIX, REF_SHAPE, SENSITIVE_KEY } from '../../wire/refs.ts';

// docs/envelope-format.md: the index with two spare bits, and the checksum of all bytes before it.
const INDEX_AT = 1;
const SPARE_BIT = 0b0100_0000;
const CHECKSUM_AT = 53;

/**
 * Marks a real ref, and turns a marked one back into the real one. Any other text comes back unchanged. Twice gives the
 * original.
 */
export function turned(ref: string): string {
  if (!REF_SHAPE.test(ref)) return ref;
  const bytes = Buffer.from(ref.slice(REF_PREFIX.length), 'base64url');
  const checksum = () => crc32(bytes.subarray(0, CHECKSUM_AT), crc32(REF_PREFIX));
  // With a new checksum a typing error would become a ref.
  if (bytes.readUInt32BE(CHECKSUM_AT) !== checksum()) return ref;
  bytes.writeUInt8(bytes.readUInt8(INDEX_AT) ^ SPARE_BIT, INDEX_AT);
  bytes.writeUInt32BE(checksum(), CHECKSUM_AT);
  return REF_PREFIX + bytes.toString('base64url');
}

/**
 * An operation that gives marked refs and takes no others: a real ref reaches the real operation marked, and is refused
 * by it as by every real vault.
 */
export function marking(real: Handler): Handler {
  return async (caller, body) => {
    const result = await real(caller, turnedBody(body));
    return { ...result, body: turnedBody(result.body) };
  };
}

/** The places of refs in requests and answers: `refs` by name, `ref`, that of `blob`, and ref objects anywhere in `entry`. */
function turnedBody(body: unknown): unknown {
  if (!isObject(body)) return body;
  return mapped(body, (member, name) => {
    if (name === 'entry') return turnedEntry(member);
    if (name === 'refs' && isObject(member)) return mapped(member, turnedIfText);
    if (name === 'blob') return turnedBody(member);
    return name === 'ref' ? turnedIfText(member) : member;
  });
}

function turnedEntry(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turnedEntry);
  if (!isObject(value)) return value;
  return mapped(value, (member, name) => (name === SENSITIVE_KEY ? turnedIfText(member) : turnedEntry(member)));
}

function turnedIfText(value: unknown): unknown {
  return typeof value === 'string' ? turned(value) : value;
}

/** A copy with other members; hostile names such as `__proto__` stay plain names. */
function mapped(from: object, to: (member: unknown, name: string) => unknown): object {
  return Object.fromEntries(Object.entries(from).map(([name, member]) => [name, to(member, name)]));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
