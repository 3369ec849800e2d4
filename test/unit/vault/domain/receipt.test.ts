// Receipts: what is signed, and what the signed text looks like.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DEFAULT_LIFE } from '../../../../vault/domain/kek-life/life.ts';
import { slotDates } from '../../../../vault/domain/kek-life/slot.ts';
import { keyGoneToSign, receiptToSign, signedReceipt, unverifiedClaims } from '../../../../vault/domain/receipt.ts';

const A = Date.UTC(2026, 10, 23, 6) / 1000;
const HOUR = 3600;
const SIGNER = 'arn:aws:kms:eu-central-1:111122223333:key/receipts';
const TO_SIGN = receiptToSign(
  {
    stack: 'Vault',
    holder: { app: 'shop' },
    dates: slotDates(A, A + 24 * HOUR, DEFAULT_LIFE),
    keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/shop',
    keyCreatedAtS: A - 6 * HOUR,
    pendingDeletionAtS: A + 49 * HOUR,
    materialGoneAtS: A + 49 * HOUR + 7 * 24 * HOUR,
    bundles: { swept: 3, erased: 1 },
  },
  SIGNER,
);

describe('the text to sign', () => {
  const parts = TO_SIGN.split('.');
  const decoded = parts.map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown);

  test('is header and claims in base64url', () => {
    expect(parts).toHaveLength(2);
    expect(TO_SIGN).toMatch(/^[A-Za-z0-9_.-]+$/);
  });

  test('names algorithm, type and signing key in its header', () => {
    expect(decoded[0]).toEqual({ alg: 'ES256', typ: 'daykey-destruction-receipt', kid: SIGNER });
  });

  test('claims which key it is about, every date of its end, and what became of its bundles', () => {
    expect(decoded[1]).toEqual({
      type: 'daykey-destruction-receipt',
      version: 1,
      stack: 'Vault',
      app: 'shop',
      slot: A,
      keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/shop',
      keyCreatedAt: '2026-11-23T00:00:00Z',
      encryptRefusedFrom: '2026-11-24T06:15:00Z',
      decryptRefusedFrom: '2026-11-25T06:45:00Z',
      pendingDeletionAt: '2026-11-25T07:00:00Z',
      materialGoneNotBefore: '2026-12-02T07:00:00Z',
      bundles: { swept: 3, erased: 1 },
    });
  });
});

test('a signed receipt is the text and its signature in base64url', () => {
  expect(signedReceipt('header.claims', Buffer.alloc(64, 0xff))).toBe(`header.claims.${'_'.repeat(85)}w`);
});

describe('the second receipt', () => {
  const gone = {
    stack: 'Vault',
    holder: { pool: 3 },
    slot: A,
    keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/pool',
    notFoundAtS: A + 240 * HOUR,
  };
  const claims = {
    type: 'daykey-key-gone-receipt',
    version: 1,
    stack: 'Vault',
    pool: 3,
    slot: A,
    keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/pool',
    keyNotFoundAt: '2026-12-03T06:00:00Z',
  };

  test('claims when the key was not found, and the hash of the first one', () => {
    const toSign = keyGoneToSign({ ...gone, destructionReceipt: TO_SIGN }, SIGNER);
    const [header = ''] = toSign.split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      alg: 'ES256',
      typ: 'daykey-key-gone-receipt',
      kid: SIGNER,
    });
    const destructionReceiptSha256 = createHash('sha256').update(TO_SIGN).digest('hex');
    expect(unverifiedClaims(toSign)).toEqual({ ...claims, destructionReceiptSha256 });
  });

  test('claims no hash where there is no first one', () => {
    expect(unverifiedClaims(keyGoneToSign({ ...gone, destructionReceipt: undefined }, SIGNER))).toEqual(claims);
  });
});
