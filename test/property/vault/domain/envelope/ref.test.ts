// A ref has one spelling, and nothing else parses.

import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bundleIdIn,
  expiryIn,
  formatRef,
  parseRef,
  type Ref,
  refIdFor,
} from '../../../../../vault/domain/envelope/ref.ts';
import { aBundle, bytesFrom, present, upTo, withBitFlipped } from '../../../../support/envelope.ts';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const buffer = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes));
const aRef = (): fc.Arbitrary<Ref> =>
  fc
    .record({ refId: buffer(19), index: fc.integer({ min: 0, max: 63 }), refKek: buffer(32) })
    .map((ref) => ({ ...ref, expiresAtS: ref.refId.readUInt32BE(0) }));
const aRefText = () => aRef().map(formatRef);

test('M23: a ref comes back from its text, whatever it holds', () => {
  fc.assert(
    fc.property(aRef(), (ref) => {
      expect(parseRef(formatRef(ref))).toEqual(ref);
    }),
  );
});

test('M23: a text has the documented bytes and 80 characters', () => {
  fc.assert(
    fc.property(aRef(), (ref) => {
      const text = formatRef(ref);
      expect(text).toBe(withChecksum(Buffer.concat([Buffer.of(2, ref.index), ref.refId, ref.refKek])));
      expect(text).toHaveLength(80);
    }),
  );
});

test('M7: a ref ID is the expiry in four bytes and the bundle ID', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), buffer(15), (expiresAtS, id) => {
      const refId = refIdFor(expiresAtS, id);
      expect(refId.toString('hex')).toBe(expiresAtS.toString(16).padStart(8, '0') + id.toString('hex'));
      expect(expiryIn(refId)).toBe(expiresAtS);
      expect(bundleIdIn(refId)).toBe(id.toString('base64url'));
    }),
  );
  for (const wrong of [-1, 2 ** 32, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => refIdFor(wrong, Buffer.alloc(15))).toThrow(RangeError);
  }
});

test('M24: whatever parses is the text that its ref formats to', () => {
  fc.assert(
    fc.property(fc.oneof(aRefText(), fc.string(), fc.base64String()), (text) => {
      const ref = parseRef(text);
      if (ref) expect(formatRef(ref)).toBe(text);
    }),
  );
});

describe('refuses', () => {
  const refusesAll = (spellings: (text: string) => string[]) => {
    fc.assert(
      fc.property(aRefText(), (text) => {
        const others = spellings(text).filter((it) => it !== text);
        expect(others.filter((it) => parseRef(it) !== undefined)).toEqual([]);
      }),
      { numRuns: 10 },
    );
  };

  test('M24: every change of one character', () => {
    refusesAll((text) => upTo(text.length).flatMap((at) => [...BASE64URL].map((char) => replaced(text, at, char))));
  });

  test('M24: characters outside the alphabet in any place: padding, standard base64, white space, NUL, look-alikes', () => {
    // The last ones: Cyrillic small a, full-width A, Arabic-Indic one, Kelvin sign, non-breaking hyphen, zero-width space.
    const strange = [...'+/=. \t\r\n\0%', '\u0430', '\uff21', '\u0661', '\u212a', '\u2011', '\u200b', '\ud800'];
    refusesAll((text) =>
      upTo(text.length).flatMap((at) =>
        strange.flatMap((char) => [replaced(text, at, char), text.slice(0, at) + char + text.slice(at)]),
      ),
    );
  });

  test('M24: the same bytes in standard base64, padded, spaced, quoted or in another case', () => {
    refusesAll((text) => [
      text.replaceAll('-', '+').replaceAll('_', '/').replace('dk2/', 'dk2_'),
      ...['=', '==', '\n', ' ', '\0'].flatMap((extra) => [text + extra, extra + text]),
      `"${text}"`,
      text.toUpperCase(),
      text.toLowerCase(),
      text.replace('dk2_', 'DK2_'),
      text.replace('dk2_', ''),
      encodeURIComponent(`${text}\n`),
    ]);
  });

  test('M24: a text cut anywhere, doubled, or with one character more', () => {
    refusesAll((text) => [
      ...upTo(text.length).flatMap((length) => [text.slice(0, length), text.slice(text.length - length)]),
      text + text,
      ...[...BASE64URL].flatMap((char) => [text + char, char + text]),
    ]);
  });

  test('M24: any other version, though the checksum is right', () => {
    const body = bodyOf(present(aBundle().refs[0]));
    for (const version of upTo(256).filter((it) => it !== 2)) {
      expect(parseRef(withChecksum(Buffer.concat([Buffer.of(version), body.subarray(1)])))).toBeUndefined();
    }
  });

  test('M24: any bit of the checksum', () => {
    const body = bytesFrom('a body', 53);
    body.set([2, 0]);
    expect(parseRef(withChecksum(body))).toBeDefined();
    const bytes = Buffer.from(withChecksum(body).slice(4), 'base64url');
    for (const bit of upTo(32)) {
      expect(parseRef(`dk2_${withBitFlipped(bytes, 53 * 8 + bit).toString('base64url')}`)).toBeUndefined();
    }
  });

  test('M25: a spare bit that is set, though the checksum is right', () => {
    const body = bodyOf(present(aBundle().refs[0]));
    for (const index of upTo(256)) {
      const text = withChecksum(Buffer.concat([Buffer.of(2, index), body.subarray(2)]));
      expect(parseRef(text) === undefined).toBe(index > 63);
    }
  });
});

function replaced(text: string, at: number, char: string): string {
  return text.slice(0, at) + char + text.slice(at + 1);
}

function bodyOf(text: string): Buffer {
  return Buffer.from(text.slice(4), 'base64url').subarray(0, 53);
}

/** The text of a body, by the words of the format and not by our code. */
function withChecksum(body: Buffer): string {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(Buffer.concat([Buffer.from('dk2_'), body])));
  return `dk2_${Buffer.concat([body, checksum]).toString('base64url')}`;
}
