// Receipts: what is signed, and that nothing else passes for one, however well it is signed.

import { createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DEFAULT_LIFE } from '../../../../vault/domain/kek-life/life.ts';
import { slotDates } from '../../../../vault/domain/kek-life/slot.ts';
import {
  type Destruction,
  fingerprintOf,
  receiptToSign,
  signedReceipt,
  verifyReceipt,
} from '../../../../vault/domain/receipt.ts';

const A = Date.UTC(2026, 10, 23, 6) / 1000;
const HOUR = 3600;
const DESTRUCTION: Destruction = {
  stack: 'Vault',
  app: 'shop',
  dates: slotDates(A, A + 24 * HOUR, DEFAULT_LIFE),
  keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/shop',
  keyCreatedAtS: A - 6 * HOUR,
  pendingDeletionAtS: A + 49 * HOUR,
  materialGoneAtS: A + 49 * HOUR + 7 * 24 * HOUR,
  bundles: { swept: 3, erased: 1 },
};
const SIGNER = 'arn:aws:kms:eu-central-1:111122223333:key/receipts';
const CLAIMS = {
  ...{ type: 'daykey-destruction-receipt', version: 1, stack: 'Vault', app: 'shop', slot: A },
  keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/shop',
  keyCreatedAt: '2026-11-23T00:00:00Z',
  encryptRefusedFrom: '2026-11-24T06:15:00Z',
  decryptRefusedFrom: '2026-11-25T06:45:00Z',
  pendingDeletionAt: '2026-11-25T07:00:00Z',
  materialGoneNotBefore: '2026-12-02T07:00:00Z',
  bundles: { swept: 3, erased: 1 },
};
const HEADER = { alg: 'ES256', typ: 'daykey-destruction-receipt', kid: SIGNER };

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

describe('a receipt', () => {
  test('is header and claims in base64url, and nothing of them is left out', () => {
    const parts = receiptToSign(DESTRUCTION, SIGNER).split('.');
    expect(parts.map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))).toEqual([HEADER, CLAIMS]);
    expect(parts.join()).toMatch(/^[A-Za-z0-9_,-]+$/);
  });

  test('says what it said, once signed', () => {
    expect(verifyReceipt(signed(receiptToSign(DESTRUCTION, SIGNER)), publicKey)).toEqual(CLAIMS);
  });
});

test('a receipt whose signature does not hold says nothing', () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  expect(verifyReceipt(signed(jws(HEADER, CLAIMS), other.privateKey), publicKey)).toBeUndefined();
  const [, , signature] = signed(jws(HEADER, CLAIMS)).split('.');
  expect(verifyReceipt(`${jws(HEADER, { ...CLAIMS, app: 'bank' })}.${signature}`, publicKey)).toBeUndefined();
});

describe('no receipt, though its signature holds, is', () => {
  test.each<[string, unknown, unknown]>([
    ['a token of another algorithm', { ...HEADER, alg: 'none' }, CLAIMS],
    ['a token of another type', { ...HEADER, typ: 'JWT' }, CLAIMS],
    ['a text about something else', HEADER, { ...CLAIMS, type: 'daykey-creation-receipt' }],
    ['a receipt of another version', HEADER, { ...CLAIMS, version: 2 }],
    ['one without claims', HEADER, null],
    ['one whose claims are a text', HEADER, 'daykey-destruction-receipt'],
    ['one without a header', null, CLAIMS],
  ])('%s', (_, header, claims) => {
    expect(verifyReceipt(signed(jws(HEADER, CLAIMS)), publicKey)).toEqual(CLAIMS);
    expect(verifyReceipt(signed(jws(header, claims)), publicKey)).toBeUndefined();
  });

  test('what is no JSON', () => {
    const [header = ''] = jws(HEADER, CLAIMS).split('.');
    expect(verifyReceipt(signed(`${header}.e30x`), publicKey)).toBeUndefined();
  });

  test('a receipt with a part more or a part less', () => {
    const whole = signed(jws(HEADER, CLAIMS));
    for (const text of [`${whole}.`, `${whole}.e30`, whole.split('.').slice(0, 2).join('.'), '', 'e30']) {
      expect(verifyReceipt(text, publicKey)).toBeUndefined();
    }
  });

  test('a receipt under a key that is no public one', () => {
    expect(verifyReceipt(signed(jws(HEADER, CLAIMS)), createSecretKey(Buffer.alloc(32)))).toBeUndefined();
  });

  test('a receipt under a key of another curve, even its own', () => {
    for (const namedCurve of ['P-384', 'secp256k1']) {
      const other = generateKeyPairSync('ec', { namedCurve });
      expect(verifyReceipt(signed(jws(HEADER, CLAIMS), other.privateKey), other.publicKey)).toBeUndefined();
    }
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(verifyReceipt(signed(jws(HEADER, CLAIMS), rsa.privateKey), rsa.publicKey)).toBeUndefined();
  });
});

// RFC 5480: what comes in front of the point of a P-256 key in DER. `openssl dgst -sha256` of the file gives the same.
test('a key is named by the SHA-256 of its DER', () => {
  const der = Buffer.from(
    '3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
    'hex',
  );
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  expect(fingerprintOf(key)).toBe('5cd252fb0ce8932436faf8ccd1040981b89ee4ad6b9fe9e2a2b7e71aacb27cd3');
});

function jws(header: unknown, claims: unknown): string {
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}

function signed(text: string, key: KeyObject = privateKey): string {
  return signedReceipt(text, sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }));
}
