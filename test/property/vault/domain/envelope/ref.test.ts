// A ref has one token and a token has one spelling.

import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatRef, parseRef, type Ref } from '../../../../../vault/domain/envelope/ref.ts';
import { aBundle, bytesFrom, present, upTo, withBitFlipped } from '../../../../support/envelope.ts';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const buffer = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes));
const aRef = (): fc.Arbitrary<Ref> =>
  fc.record({
    refId: buffer(22),
    index: fc.integer({ min: 0, max: 63 }),
    hasSubject: fc.boolean(),
    refKek: buffer(32),
  });
const aToken = () => aRef().map(formatRef);

test('M19: a ref comes back from its token, whatever it holds', () => {
  fc.assert(
    fc.property(aRef(), (ref) => {
      expect(parseRef(formatRef(ref))).toEqual(ref);
    }),
  );
});

test('M19: a token has the documented bytes', () => {
  fc.assert(
    fc.property(aRef(), (ref) => {
      const body = Buffer.concat([Buffer.of(1, ref.index + (ref.hasSubject ? 128 : 0)), ref.refId, ref.refKek]);
      const token = formatRef(ref);
      expect(token).toBe(withChecksum(body));
      expect(token).toHaveLength(84);
    }),
  );
});

test('M20: whatever parses is the token that its ref formats to', () => {
  fc.assert(
    fc.property(fc.oneof(aToken(), fc.string(), fc.base64String()), (text) => {
      const ref = parseRef(text);
      if (ref) expect(formatRef(ref)).toBe(text);
    }),
  );
});

describe('refuses', () => {
  const refusesAll = (spellings: (token: string) => string[]) => {
    fc.assert(
      fc.property(aToken(), (token) => {
        const others = spellings(token).filter((it) => it !== token);
        expect(others.filter((it) => parseRef(it) !== undefined)).toEqual([]);
      }),
      { numRuns: 10 },
    );
  };

  test('M20: every change of one character', () => {
    refusesAll((token) => upTo(token.length).flatMap((at) => [...BASE64URL].map((char) => replaced(token, at, char))));
  });

  test('M20: characters outside the alphabet in any place: padding, standard base64, white space, NUL, look-alikes', () => {
    // The last ones: Cyrillic small a, full-width A, Arabic-Indic one, Kelvin sign, non-breaking hyphen, zero-width space.
    const strange = [...'+/=. \t\r\n\0%', '\u0430', '\uff21', '\u0661', '\u212a', '\u2011', '\u200b', '\ud800'];
    refusesAll((token) =>
      upTo(token.length).flatMap((at) =>
        strange.flatMap((char) => [replaced(token, at, char), token.slice(0, at) + char + token.slice(at)]),
      ),
    );
  });

  test('M20: the same bytes in standard base64, padded, spaced, quoted or in another case', () => {
    refusesAll((token) => [
      token.replaceAll('-', '+').replaceAll('_', '/').replace('dk1/', 'dk1_'),
      ...['=', '==', '\n', ' ', '\0'].flatMap((extra) => [token + extra, extra + token]),
      `"${token}"`,
      token.toUpperCase(),
      token.toLowerCase(),
      token.replace('dk1_', 'DK1_'),
      token.replace('dk1_', ''),
      encodeURIComponent(`${token}\n`),
    ]);
  });

  test('M20: a token cut anywhere, doubled, or with one character more', () => {
    refusesAll((token) => [
      ...upTo(token.length).flatMap((length) => [token.slice(0, length), token.slice(token.length - length)]),
      token + token,
      ...[...BASE64URL].flatMap((char) => [token + char, char + token]),
    ]);
  });

  test('M20: any other version, though the checksum is right', () => {
    const body = bodyOf(present(aBundle().tokens[0]));
    for (const version of upTo(256).filter((it) => it !== 1)) {
      expect(parseRef(withChecksum(Buffer.concat([Buffer.of(version), body.subarray(1)])))).toBeUndefined();
    }
  });

  test('M20: any bit of the checksum', () => {
    const body = bytesFrom('a body', 56);
    body.set([1, 0]);
    expect(parseRef(withChecksum(body))).toBeDefined();
    const bytes = Buffer.from(withChecksum(body).slice(4), 'base64url');
    for (const bit of upTo(32)) {
      expect(parseRef(`dk1_${withBitFlipped(bytes, 56 * 8 + bit).toString('base64url')}`)).toBeUndefined();
    }
  });

  test('M21: the reserved bit, though the checksum is right', () => {
    const body = bodyOf(present(aBundle().tokens[0]));
    for (const flags of upTo(256)) {
      const token = withChecksum(Buffer.concat([Buffer.of(1, flags), body.subarray(2)]));
      expect(parseRef(token) === undefined).toBe((flags & 0x40) !== 0);
    }
  });
});

function replaced(text: string, at: number, char: string): string {
  return text.slice(0, at) + char + text.slice(at + 1);
}

function bodyOf(token: string): Buffer {
  return Buffer.from(token.slice(4), 'base64url').subarray(0, 56);
}

/** The token of a body, by the words of the format and not by our code. */
function withChecksum(body: Buffer): string {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(Buffer.concat([Buffer.from('dk1_'), body])));
  return `dk1_${Buffer.concat([body, checksum]).toString('base64url')}`;
}
