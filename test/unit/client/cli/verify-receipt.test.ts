// Receipts are checked offline, and nothing else passes for one, however well it is signed.

import { createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { keyFingerprint, verifyReceipt } from '../../../../client/cli/verify-receipt.ts';
import { DEFAULT_LIFE } from '../../../../vault/domain/kek-life/life.ts';
import { slotDates } from '../../../../vault/domain/kek-life/slot.ts';
import { receiptToSign, signedReceipt } from '../../../../vault/domain/receipt.ts';

const A = Date.UTC(2026, 10, 23, 6) / 1000;
const CLAIMS = { type: 'daykey-destruction-receipt', version: 1, app: 'shop', bundles: { swept: 3, erased: 1 } };
const HEADER = { alg: 'ES256', typ: 'daykey-destruction-receipt', kid: 'arn:aws:kms:…:key/receipts' };

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const RECEIPT = signed(jws(HEADER, CLAIMS));

function jws(header: unknown, claims: unknown): string {
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}

function signed(text: string, key: KeyObject = privateKey): string {
  return signedReceipt(text, sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }));
}

test('a receipt as the vault writes it says what it said', async () => {
  const destruction = {
    stack: 'Vault',
    holder: { app: 'shop' },
    dates: slotDates(A, A + 24 * 3600, DEFAULT_LIFE),
    keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/shop',
    keyCreatedAtS: A,
    pendingDeletionAtS: A,
    materialGoneAtS: A,
    bundles: { swept: 3, erased: 1, left: 2 },
  };
  const receipt = await verifyReceipt(signed(receiptToSign(destruction, HEADER.kid)), publicKey);
  expect(receipt).toMatchObject({ stack: 'Vault', app: 'shop', slot: A, bundles: { swept: 3, erased: 1, left: 2 } });
});

describe('a receipt does not hold', () => {
  test('with any one character changed', async () => {
    expect(await verifyReceipt(RECEIPT, publicKey)).toEqual(CLAIMS);
    for (let at = 0; at < RECEIPT.length; at += 1) {
      const changed = `${RECEIPT.slice(0, at)}${RECEIPT[at] === 'A' ? 'B' : 'A'}${RECEIPT.slice(at + 1)}`;
      expect([at, await verifyReceipt(changed, publicKey)]).toEqual([at, undefined]);
    }
  });

  test('under another key, even a key that is its own on another curve', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(await verifyReceipt(RECEIPT, other.publicKey)).toBeUndefined();
    for (const namedCurve of ['P-384', 'secp256k1']) {
      const own = generateKeyPairSync('ec', { namedCurve });
      expect(await verifyReceipt(signed(jws(HEADER, CLAIMS), own.privateKey), own.publicKey)).toBeUndefined();
    }
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(await verifyReceipt(signed(jws(HEADER, CLAIMS), rsa.privateKey), rsa.publicKey)).toBeUndefined();
    expect(await verifyReceipt(RECEIPT, createSecretKey(Buffer.alloc(32)))).toBeUndefined();
  });

  test('in another spelling of its signature', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    // The last character stands for two bits of the signature and four that are spare.
    const spare = alphabet[alphabet.indexOf(RECEIPT.at(-1) ?? '') + 1];
    const same = [
      `${RECEIPT.slice(0, -1)}${spare}`,
      `${RECEIPT}=`,
      `${RECEIPT} `,
      `${RECEIPT.slice(0, -5)}\n${RECEIPT.slice(-5)}`,
    ];
    for (const text of same) expect(await verifyReceipt(text, publicKey)).toBeUndefined();
  });

  test('with a part more or a part less', async () => {
    const [header = '', claims = ''] = RECEIPT.split('.');
    for (const text of ['', 'e30', `${header}.${claims}`, `${RECEIPT}.`, `${RECEIPT}.e30`, '..']) {
      expect(await verifyReceipt(text, publicKey)).toBeUndefined();
    }
  });
});

describe('no receipt, though its signature holds, is', () => {
  test.each<[string, unknown, unknown]>([
    ['a text with another algorithm', { ...HEADER, alg: 'none' }, CLAIMS],
    ['a text of another type', { ...HEADER, typ: 'JWT' }, CLAIMS],
    ['a text with an extension that must be understood', { ...HEADER, crit: ['exp'], exp: 1 }, CLAIMS],
    ['a text about something else', HEADER, { ...CLAIMS, type: 'daykey-creation-receipt' }],
    ['a receipt of another version', HEADER, { ...CLAIMS, version: 2 }],
    ['one without claims', HEADER, null],
    ['one whose claims are a text', HEADER, 'daykey-destruction-receipt'],
    ['one without a header', null, CLAIMS],
  ])('%s', async (_, header, claims) => {
    expect(await verifyReceipt(signed(jws(header, claims)), publicKey)).toBeUndefined();
  });

  test('a text that is not JSON', async () => {
    const [header = ''] = jws(HEADER, CLAIMS).split('.');
    expect(await verifyReceipt(signed(`${header}.e30x`), publicKey)).toBeUndefined();
  });
});

// RFC 5480: the bytes before the point of a P-256 key in DER. `openssl dgst -sha256` of the file gives the same.
test('a key is named by the SHA-256 of its DER, in whichever format it came', () => {
  const der = Buffer.from(
    '3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
    'hex',
  );
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  expect(keyFingerprint(key)).toBe('5cd252fb0ce8932436faf8ccd1040981b89ee4ad6b9fe9e2a2b7e71aacb27cd3');
  expect(keyFingerprint(createPublicKey(key.export({ type: 'spki', format: 'pem' })))).toBe(keyFingerprint(key));
});
