// Chunked encryption: every length round trips, any part can be read, and nothing that was changed is handed out.

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  CHUNK_BYTES,
  MESSAGE_HEADER_BYTES,
  NotAuthentic,
  newMessage,
  opening,
  openMessage,
  sealedLength,
  sealedRange,
  sealing,
} from '../../../wire/cobblestone.ts';

const KEY = Buffer.alloc(32, 7);
const SALT = Buffer.alloc(24, 9);
const CONTEXT = Buffer.from('a place');
const SEALED_CHUNK_BYTES = CHUNK_BYTES + 16;
const EDGES = [
  0,
  1,
  CHUNK_BYTES - 1,
  CHUNK_BYTES,
  CHUNK_BYTES + 1,
  2 * CHUNK_BYTES,
  2 * CHUNK_BYTES + 1,
  300 * CHUNK_BYTES,
];
const THREE_CHUNKS = randomBytes(2 * CHUNK_BYTES + 100);

describe('sealing and opening', () => {
  test.each(EDGES)('%d bytes come back, and are as long as stated when sealed', (bytes) => {
    const plaintext = randomBytes(bytes);
    const sealed = sealedWith(plaintext);
    expect(sealed).toHaveLength(sealedLength(bytes));
    expect(opened(sealed).equals(plaintext)).toBe(true);
  });

  test.each([1, 100, CHUNK_BYTES, SEALED_CHUNK_BYTES, 50_000])(
    'pieces of %d bytes give the same message',
    (pieceBytes) => {
      const sealed = sealedWith(THREE_CHUNKS);
      expect(sealedWith(THREE_CHUNKS, pieceBytes).equals(sealed)).toBe(true);
      expect(opened(sealed, CONTEXT, pieceBytes).equals(THREE_CHUNKS)).toBe(true);
    },
  );

  test('two chunks of the same bytes, and two salts, never give the same ciphertext', () => {
    const sealed = sealedWith(Buffer.alloc(2 * CHUNK_BYTES));
    const chunk = (number: number) =>
      sealed.subarray(MESSAGE_HEADER_BYTES + number * SEALED_CHUNK_BYTES).subarray(0, 64);
    expect(chunk(0).equals(chunk(1))).toBe(false);
    const [other] = newMessage(KEY, Buffer.alloc(24, 8), CONTEXT).seal(0, Buffer.alloc(64));
    const [own] = newMessage(KEY, SALT, CONTEXT).seal(0, Buffer.alloc(64));
    expect(other.equals(own)).toBe(false);
  });

  test('chunk numbers beyond 32 bits have nonces that differ', () => {
    const message = newMessage(KEY, SALT, CONTEXT);
    const numbers = [0, 1, 255, 256, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 38 - 1];
    const sealed = numbers.map((number) => Buffer.concat(message.seal(number, Buffer.alloc(16))).toString('hex'));
    expect(new Set(sealed).size).toBe(numbers.length);
    for (const [at, number] of numbers.entries()) {
      expect(message.open(number, Buffer.from(sealed[at] ?? '', 'hex'))).toEqual(Buffer.alloc(16));
    }
    expect(() => message.seal(2 ** 38, Buffer.alloc(1))).toThrow(RangeError);
  });

  test('keys, salts and chunks of another length are refused', () => {
    expect(() => newMessage(Buffer.alloc(16), SALT, CONTEXT)).toThrow(RangeError);
    expect(() => newMessage(KEY, Buffer.alloc(12), CONTEXT)).toThrow(RangeError);
    expect(() => newMessage(KEY, SALT, CONTEXT).seal(0, Buffer.alloc(CHUNK_BYTES + 1))).toThrow(RangeError);
  });
});

describe('reading a part', () => {
  const BYTES = THREE_CHUNKS.length;
  const sealed = sealedWith(THREE_CHUNKS);

  test.each([
    [0, BYTES],
    [0, 0],
    [BYTES, BYTES],
    [0, 1],
    [CHUNK_BYTES - 1, CHUNK_BYTES + 1],
    [CHUNK_BYTES, 2 * CHUNK_BYTES],
    [2 * CHUNK_BYTES, BYTES],
    [BYTES - 1, BYTES],
    [5, 2 * CHUNK_BYTES],
  ])('%d to %d gives these bytes, and reads at most two chunks more', (start, end) => {
    expect(partOf(sealed, start, end, BYTES).equals(THREE_CHUNKS.subarray(start, end))).toBe(true);
    const range = sealedRange(start, end, BYTES);
    expect(range.end - range.start).toBeLessThan(
      sealedLength(end - start) - MESSAGE_HEADER_BYTES + 2 * SEALED_CHUNK_BYTES,
    );
    expect(range.end).toBeLessThanOrEqual(sealed.length);
  });

  test('the end of a message of whole chunks is its empty last chunk', () => {
    const whole = sealedWith(THREE_CHUNKS.subarray(0, CHUNK_BYTES));
    expect(sealedRange(CHUNK_BYTES, CHUNK_BYTES, CHUNK_BYTES)).toMatchObject({ firstChunk: 1, isAtEnd: true });
    expect(partOf(whole, CHUNK_BYTES, CHUNK_BYTES, CHUNK_BYTES)).toHaveLength(0);
  });
});

describe('what was changed is refused', () => {
  const sealed = sealedWith(THREE_CHUNKS);
  const chunk = (number: number) =>
    sealed.subarray(
      MESSAGE_HEADER_BYTES + number * SEALED_CHUNK_BYTES,
      MESSAGE_HEADER_BYTES + (number + 1) * SEALED_CHUNK_BYTES,
    );
  const header = sealed.subarray(0, MESSAGE_HEADER_BYTES);
  const joined = (...parts: Buffer[]) => Buffer.concat([header, ...parts]);
  const other = sealedWith(THREE_CHUNKS, CHUNK_BYTES, newMessage(Buffer.alloc(32, 6), SALT, CONTEXT));

  test.each([
    ['cut to nothing', Buffer.alloc(0)],
    ['cut within its header', sealed.subarray(0, MESSAGE_HEADER_BYTES - 1)],
    ['cut to its header', header],
    ['cut within the first chunk', sealed.subarray(0, MESSAGE_HEADER_BYTES + 20)],
    ['cut behind the first chunk', joined(chunk(0))],
    ['cut behind the second chunk', joined(chunk(0), chunk(1))],
    ['cut by one byte', sealed.subarray(0, sealed.length - 1)],
    ['longer by one byte', joined(chunk(0), chunk(1), chunk(2), Buffer.alloc(1))],
    ['longer by a chunk', joined(chunk(0), chunk(1), chunk(1), chunk(2))],
    ['two chunks in another order', joined(chunk(1), chunk(0), chunk(2))],
    ['a chunk twice', joined(chunk(0), chunk(0), chunk(2))],
    ['without its first chunk', joined(chunk(1), chunk(2))],
    ['with a chunk of another message', joined(chunk(0), other.subarray(MESSAGE_HEADER_BYTES + SEALED_CHUNK_BYTES))],
    ['another message as a whole', other],
  ])('M37: %s', (_, changed) => {
    const given: Buffer[] = [];
    expect(() => opened(changed, CONTEXT, 1000, (piece) => given.push(piece))).toThrow(NotAuthentic);
    // What came before the fault is right: no wrong byte was handed out.
    const before = Buffer.concat(given);
    expect(before.equals(THREE_CHUNKS.subarray(0, before.length))).toBe(true);
    expect(before.length).toBeLessThan(THREE_CHUNKS.length);
  });

  test('M37: a bit anywhere', () => {
    const small = sealedWith(Buffer.from('a short message'));
    for (let bit = 0; bit < small.length * 8; bit += 1) {
      const changed = Buffer.from(small);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => opened(changed)).toThrow(NotAuthentic);
    }
  });

  test('another context', () => {
    expect(() => opened(sealed, Buffer.from('another place'))).toThrow(NotAuthentic);
  });

  test('M38: a part that does not end where it says', () => {
    const range = sealedRange(0, CHUNK_BYTES, THREE_CHUNKS.length);
    const chunks = opening(openMessage(KEY, header, CONTEXT), range);
    expect([...chunks.push(chunk(0)), ...chunks.push(chunk(1).subarray(0, 20))]).toHaveLength(1);
    expect(() => [...chunks.end()]).toThrow(NotAuthentic);
  });
});

function sealedWith(plaintext: Buffer, pieceBytes = 64 * 1024, message = newMessage(KEY, SALT, CONTEXT)): Buffer {
  const stream = sealing(message);
  const out: Buffer[] = [];
  for (const piece of pieces(plaintext, pieceBytes)) out.push(...stream.push(piece));
  return Buffer.concat([...out, ...stream.end()]);
}

function opened(
  sealed: Buffer,
  context = CONTEXT,
  pieceBytes = 64 * 1024,
  see: (piece: Buffer) => void = () => {},
): Buffer {
  const message = openMessage(KEY, sealed.subarray(0, MESSAGE_HEADER_BYTES), context);
  const stream = opening(message, { firstChunk: 0, isAtEnd: true });
  const out: Buffer[] = [];
  const take = (piece: Buffer) => {
    see(piece);
    out.push(piece);
  };
  for (const piece of pieces(sealed.subarray(MESSAGE_HEADER_BYTES), pieceBytes))
    for (const chunk of stream.push(piece)) take(chunk);
  for (const chunk of stream.end()) take(chunk);
  return Buffer.concat(out);
}

function partOf(sealed: Buffer, start: number, end: number, bytes: number): Buffer {
  const range = sealedRange(start, end, bytes);
  const stream = opening(openMessage(KEY, sealed.subarray(0, MESSAGE_HEADER_BYTES), CONTEXT), range);
  const chunks = Buffer.concat([...stream.push(sealed.subarray(range.start, range.end)), ...stream.end()]);
  return chunks.subarray(range.skipBytes, range.skipBytes + end - start);
}

function* pieces(bytes: Buffer, pieceBytes: number): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
