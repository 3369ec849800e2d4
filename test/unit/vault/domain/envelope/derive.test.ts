// Derivations from one key never give the same bytes for two purposes.

import { createHmac, hkdfSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { attachProof } from '../../../../../vault/domain/envelope/attach-proof.ts';
import { subjectTag } from '../../../../../vault/domain/envelope/bundle.ts';
import { derive, hkdfExpand, hkdfExtract, LABELS } from '../../../../../vault/domain/envelope/derive.ts';
import { bytesFrom } from '../../../../support/envelope.ts';

const KEY = bytesFrom('a salt', 32);
const purposes = Object.keys(LABELS) as (keyof typeof LABELS)[];

test('no label is the beginning of another one', () => {
  for (const [one, label] of Object.entries(LABELS)) {
    for (const [other, longer] of Object.entries(LABELS)) {
      if (one !== other) expect(longer.subarray(0, label.length)).not.toEqual(label);
    }
  }
});

test('no context makes one purpose give what another one gives', () => {
  const given = purposes.flatMap((purpose) => [
    derive(KEY, purpose, 16).toString('hex'),
    // A label as the context, with and without the counter that HKDF puts behind it.
    ...Object.values(LABELS).flatMap((label) =>
      [label, Buffer.concat([label, Buffer.of(1)])].map((context) => derive(KEY, purpose, 16, context).toString('hex')),
    ),
  ]);
  expect(new Set(given).size).toBe(given.length);
});

test('no subject has the key of blobs’ proofs in its tag', () => {
  const attachment = { app: 'shop', integration: 'web', generation: 'g', ref: 'r' };
  const key = createHmac('sha256', KEY).update('daykey/v2/attach\x01').digest();
  const mac = createHmac('sha256', key).update('["shop","web","g","r"]').digest('base64url');
  expect(attachProof(7, KEY, attachment)).toBe(`7.${mac}`);
  for (const subject of ['', 'daykey/v2/attach', 'daykey/v2/attach\x01']) {
    expect(subjectTag(KEY, subject)).not.toEqual(key.subarray(0, 16));
  }
});

// 64 bytes are a block of SHA-256: a longer salt is hashed first. 512 bytes are the space that most messages fit in.
test.each([0, 1, 32, 63, 64, 65, 200])(
  'HKDF with a salt of %i bytes gives what Node gives, for texts of any length',
  (saltBytes) => {
    const salt = bytesFrom('a long salt', saltBytes);
    for (const secretBytes of [1, 64, 447, 448, 449, 2000]) {
      for (const infoBytes of [0, 1, 413, 415, 416, 447, 448, 1024]) {
        const secret = bytesFrom('a secret', secretBytes);
        const info = bytesFrom('an info', infoBytes);
        const expected = Buffer.from(hkdfSync('sha256', secret, salt, info, 82)).toString('hex');
        expect(hkdfExpand(hkdfExtract(salt, secret), info, 82).toString('hex')).toBe(expected);
      }
    }
  },
);

test('HKDF gives 1 to 8,160 bytes, and refuses to give more or none', () => {
  expect(hkdfExpand(KEY, Buffer.alloc(0), 1)).toHaveLength(1);
  expect(hkdfExpand(KEY, Buffer.alloc(0), 8160)).toHaveLength(8160);
  for (const bytes of [0, 8161]) {
    expect(() => hkdfExpand(KEY, Buffer.alloc(0), bytes)).toThrow(`HKDF gives 1 to 8160 bytes, got ${bytes}`);
  }
});
