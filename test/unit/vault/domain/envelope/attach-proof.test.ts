// Proofs that an integration sealed a blob itself.

import { expect, test } from 'vitest';
import { attachProof, proves, slotInProof } from '../../../../../vault/domain/envelope/attach-proof.ts';
import { bytesFrom } from '../../../../support/envelope.ts';

const SALT = bytesFrom('a tag salt', 32);
const ATTACHMENT = { app: 'shop', integration: 'web', generation: 'one', ref: 'dk2_x' };

test('M39: a proof holds for one generation of one integration of one app and one ref, under one slot', () => {
  const proof = attachProof(7, SALT, ATTACHMENT);
  expect([slotInProof(proof), proves(proof, 7, SALT, ATTACHMENT)]).toEqual([7, true]);
  for (const change of [{ app: 'sho' }, { integration: 'desk' }, { generation: 'two' }, { ref: 'dk2_y' }]) {
    expect(proves(proof, 7, SALT, { ...ATTACHMENT, ...change })).toBe(false);
  }
  expect(proves(proof, 8, SALT, ATTACHMENT)).toBe(false);
  expect(proves(proof, 7, bytesFrom('another salt', 32), ATTACHMENT)).toBe(false);
  expect(proves(`${proof}A`, 7, SALT, ATTACHMENT)).toBe(false);
});

test.each([1, 1_800_000_000, 999_999_999_999])('a proof names slot %i', (slot) => {
  expect(slotInProof(attachProof(slot, SALT, ATTACHMENT))).toBe(slot);
});

const MAC = 'a'.repeat(43);

test.each(['', '7', '7.', 'x.aaaa', `7.${MAC.slice(1)}`, `7.${MAC}a`, `-7.${MAC}`, `1234567890123.${MAC}`])(
  '%j is no proof',
  (text) => {
    expect(slotInProof(text)).toBeUndefined();
  },
);
