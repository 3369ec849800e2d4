// Padding hides a length to 32 bytes, and only our own padding comes off.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { padded, unpadded } from '../../../../../vault/domain/envelope/padding.ts';
import { upTo } from '../../../../support/envelope.ts';
import { anyText } from '../../../../support/texts.ts';

const aText = () => anyText({ maxLength: 200 });

test('M9: every text comes back from its padding', () => {
  fc.assert(
    fc.property(aText(), (text) => {
      expect(unpadded(padded(text))).toBe(text);
    }),
  );
});

test('M9: the padding is one 80 and as few zeros as reach a multiple of 32', () => {
  fc.assert(
    fc.property(aText(), (text) => {
      const bytes = padded(text);
      const length = Buffer.byteLength(text);
      expect(bytes.length % 32).toBe(0);
      expect(bytes.length - length).toBeGreaterThanOrEqual(1);
      expect(bytes.length - length).toBeLessThanOrEqual(32);
      expect(bytes).toEqual(
        Buffer.concat([Buffer.from(text), Buffer.of(0x80), Buffer.alloc(bytes.length - length - 1)]),
      );
    }),
  );
});

test('M9: texts of 32 neighbouring lengths have one padded length', () => {
  for (const start of [0, 32, 64, 992]) {
    const lengths = upTo(32).map((n) => padded('x'.repeat(start + n)).length);
    expect(new Set(lengths)).toEqual(new Set([start + 32]));
  }
});

describe('refuses', () => {
  const refusesAll = (malformed: (bytes: Buffer) => Buffer[]) => {
    fc.assert(
      fc.property(aText(), (text) => {
        expect(malformed(padded(text)).filter((bytes) => unpadded(bytes) !== undefined)).toEqual([]);
      }),
      { numRuns: 20 },
    );
  };

  test('M10: nothing at all, only zeros, and no mark', () => {
    expect(unpadded(Buffer.alloc(0))).toBeUndefined();
    for (const length of [1, 31, 32, 33, 64, 96]) expect(unpadded(Buffer.alloc(length))).toBeUndefined();
    for (const byte of upTo(256).filter((it) => it !== 0x80)) {
      expect(unpadded(Buffer.alloc(32, byte))).toBeUndefined();
    }
  });

  test('M10: any other mark', () => {
    refusesAll((bytes) => {
      const mark = bytes.lastIndexOf(0x80);
      return upTo(256)
        .filter((byte) => byte !== 0x80 && byte !== 0)
        .map((byte) => withByte(bytes, mark, byte));
    });
  });

  test('M10: any other byte than zero or a mark among the zeros', () => {
    refusesAll((bytes) =>
      upTo(bytes.length)
        .slice(bytes.lastIndexOf(0x80) + 1)
        .flatMap((at) => [0x01, 0x7f, 0x81, 0xff].map((byte) => withByte(bytes, at, byte))),
    );
  });

  test('M10: a length that is no multiple of 32', () => {
    refusesAll((bytes) => upTo(31).map((n) => Buffer.concat([bytes, Buffer.alloc(n + 1)])));
    refusesAll((bytes) => upTo(31).map((n) => bytes.subarray(0, bytes.length - n - 1)));
    refusesAll((bytes) => upTo(31).map((n) => bytes.subarray(n + 1)));
  });

  test('M10: more blocks of zeros than needed', () => {
    refusesAll((bytes) => [32, 64, 320].map((zeros) => Buffer.concat([bytes, Buffer.alloc(zeros)])));
  });

  test('M10: every block that is not what some text pads to', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 96 }), (bytes) => {
        const text = unpadded(Buffer.from(bytes));
        // Bytes that are not UTF-8 read as U+FFFD, so the text says nothing about their padding.
        if (text !== undefined && !text.includes('\ufffd')) expect(padded(text)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 1000 },
    );
  });
});

function withByte(bytes: Buffer, at: number, byte: number): Buffer {
  const out = Buffer.from(bytes);
  out.writeUInt8(byte, at);
  return out;
}
