// An app's half of a pool's app KEK: nothing but the same app, slot, bundle and context opens what it sealed.

import { describe, expect, test } from 'vitest';
import {
  APP_SECRET_BYTES,
  type AppHalf,
  appHalf,
  openUnderHalf,
  sealUnderHalf,
} from '../../../../../vault/domain/envelope/app-half.ts';
import { CONTEXT_KEYS, wrapContext } from '../../../../../vault/domain/envelope/context.ts';
import { MAX_FIELDS } from '../../../../../wire/limits.ts';
import { bytesFrom, withBitFlipped } from '../../../../support/envelope.ts';

const SLOT = 1_780_000_000;
const SECRET = bytesFrom('secret', APP_SECRET_BYTES);
const SALT = bytesFrom('salt', 32);
const NONCE = bytesFrom('nonce', 12);
const WRAPS = bytesFrom('inner wraps', 120);
const HALF = appHalf('shop', SLOT, SECRET, SALT);
const CONTEXT = wrapContext('shop', { holder: { pool: 3 }, slot: SLOT }, 'a'.repeat(20), 7);

describe("an app's half", () => {
  test('M40: gives a tag salt that follows from the secret, the salt, the slot and the app', () => {
    const halves = [
      HALF,
      appHalf('bank', SLOT, SECRET, SALT),
      appHalf('shop', SLOT + 1, SECRET, SALT),
      appHalf('shop', SLOT, bytesFrom('another secret', 32), SALT),
      appHalf('shop', SLOT, SECRET, bytesFrom('another salt', 32)),
    ];
    expect(new Set(halves.map(({ tagSalt }) => tagSalt.toString('hex'))).size).toBe(halves.length);
    expect(appHalf('shop', SLOT, SECRET, SALT).tagSalt).toEqual(HALF.tagSalt);
    expect(HALF.tagSalt).toHaveLength(32);
  });

  test('M42: opens what it sealed, in the same context', () => {
    const sealed = sealUnderHalf(HALF, CONTEXT, NONCE, WRAPS);
    expect(sealed.length).toBe(WRAPS.length + 28);
    expect(openUnderHalf(HALF, CONTEXT, sealed)).toEqual(WRAPS);
  });

  test('M42: leaves room for 64 fields in what KMS wraps', () => {
    expect(sealUnderHalf(HALF, CONTEXT, NONCE, Buffer.alloc(60 * MAX_FIELDS)).length).toBe(3868);
  });

  test.each<[string, AppHalf]>([
    ['another app of the pool', appHalf('bank', SLOT, bytesFrom('secret of the bank', 32), SALT)],
    ['another app with the same secret', appHalf('bank', SLOT, SECRET, SALT)],
    ['the app after its secret was made again', appHalf('shop', SLOT, bytesFrom('another secret', 32), SALT)],
    ['the app in another slot', appHalf('shop', SLOT + 86_400, SECRET, SALT)],
    ['the app with the salt of another slot', appHalf('shop', SLOT, SECRET, bytesFrom('another salt', 32))],
  ])('M42: of %s opens nothing', (_, other) => {
    expect(openUnderHalf(other, CONTEXT, sealUnderHalf(HALF, CONTEXT, NONCE, WRAPS))).toBeUndefined();
  });

  test.each(CONTEXT_KEYS)('M42: opens nothing when %s of the context is another', (key) => {
    const sealed = sealUnderHalf(HALF, CONTEXT, NONCE, WRAPS);
    expect(openUnderHalf(HALF, { ...CONTEXT, [key]: `${CONTEXT[key]}0` }, sealed)).toBeUndefined();
  });

  test('M42: opens nothing with any one bit changed', () => {
    const sealed = sealUnderHalf(HALF, CONTEXT, NONCE, WRAPS);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      expect([bit, openUnderHalf(HALF, CONTEXT, withBitFlipped(sealed, bit))]).toEqual([bit, undefined]);
    }
    for (const bytes of [0, 11, 27]) expect(openUnderHalf(HALF, CONTEXT, sealed.subarray(0, bytes))).toBeUndefined();
  });

  test('M41: encrypts each bundle under another key', () => {
    const other = { ...CONTEXT, b: 'b'.repeat(20) };
    const [one, two] = [CONTEXT, other].map((context) => sealUnderHalf(HALF, context, NONCE, WRAPS));
    // Under one key the same nonce would give the same ciphertext.
    expect(one?.subarray(12, -16).equals(two?.subarray(12, -16) ?? Buffer.alloc(0))).toBe(false);
  });
});
