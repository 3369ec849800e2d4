// API tokens: 256 random bits in one spelling, kept as a hash.

import { describe, expect, test } from 'vitest';
import {
  bearerToken,
  hashApiToken,
  newApiToken,
  tokenCredential,
  tokenIdOf,
} from '../../../../vault/domain/api-token.ts';

describe('a new token', () => {
  test('is dkt_ and 43 characters, and never the same twice', () => {
    const tokens = Array.from({ length: 100 }, newApiToken);
    expect(tokens.filter((token) => !/^dkt_[A-Za-z0-9_-]{43}$/.test(token))).toEqual([]);
    expect(new Set(tokens).size).toBe(100);
  });

  test('is read from the header that carries it', () => {
    const token = newApiToken();
    expect(bearerToken(`Bearer ${token}`)).toBe(token);
    expect(bearerToken(`bearer ${token}`)).toBe(token);
  });
});

// The digest is that of FIPS 180-4 for three letters, so a hash of anything but the text itself shows.
test('a token is stored as SHA-256 in hex, and its ID, also in the audit log, is the first 12 digits of that', () => {
  const hash = hashApiToken('abc');
  expect(hash).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(tokenIdOf(hash)).toBe('ba7816bf8f01');
  expect(tokenCredential(hash)).toBe('token/ba7816bf8f01');
});

describe('a header holds no token', () => {
  const token = `dkt_${'A'.repeat(43)}`;

  test.each([
    ['without a scheme', token],
    ['of another scheme', `Basic ${token}`],
    ['with two spaces', `Bearer  ${token}`],
    ['with something in front', `x Bearer ${token}`],
    ['with something behind', `Bearer ${token} x`],
    ['with a line feed behind', `Bearer ${token}\n`],
    ['with a character too many', `Bearer ${token}A`],
    ['with a character too few', `Bearer ${token.slice(0, -1)}`],
    ['with another prefix', `Bearer dk2_${'A'.repeat(43)}`],
    ['with a character of plain base64', `Bearer ${token.slice(0, -1)}+`],
    ['with nothing in it', ''],
  ])('%s', (_, header) => {
    expect(bearerToken(`Bearer ${token}`)).toBe(token);
    expect(bearerToken(header)).toBeUndefined();
  });
});
