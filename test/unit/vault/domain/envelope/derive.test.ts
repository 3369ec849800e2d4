// Derivations from one key never give the same bytes for two purposes.

import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { attachProof } from '../../../../../vault/domain/envelope/attach-proof.ts';
import { subjectTag } from '../../../../../vault/domain/envelope/bundle.ts';
import { derive, LABELS } from '../../../../../vault/domain/envelope/derive.ts';
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
