// The mark of the testing kit's refs: the reserved bit of a token, which no real vault reads and every one refuses.

import { crc32 } from 'node:zlib';
import type { Handler } from '../../vault/operations/handler.ts';
import { REF_PREFIX, REF_SHAPE, SENSITIVE_KEY } from '../../wire/refs.ts';

// docs/envelope-format.md: index and flags, and the checksum over all before it.
const INDEX_AT = 1;
const RESERVED_BIT = 0b0100_0000;
const CHECKSUM_AT = 56;

/**
 * A real token marked, a marked one as the real one it was; what is no token at all comes back as it is. Twice is as
 * if nothing had been done.
 */
export function turned(token: string): string {
  if (!REF_SHAPE.test(token)) return token;
  const bytes = Buffer.from(token.slice(REF_PREFIX.length), 'base64url');
  const checksum = () => crc32(bytes.subarray(0, CHECKSUM_AT), crc32(REF_PREFIX));
  // A slip stays a slip: a new checksum would make a token of it.
  if (bytes.readUInt32BE(CHECKSUM_AT) !== checksum()) return token;
  bytes.writeUInt8(bytes.readUInt8(INDEX_AT) ^ RESERVED_BIT, INDEX_AT);
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

/** The two places where tokens stand in requests and answers: `refs` by name, and ref objects anywhere in `entry`. */
function turnedBody(body: unknown): unknown {
  if (!isObject(body)) return body;
  return mapped(body, (member, name) => {
    if (name === 'entry') return turnedEntry(member);
    if (name === 'refs' && isObject(member)) return mapped(member, turnedIfText);
    return member;
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
