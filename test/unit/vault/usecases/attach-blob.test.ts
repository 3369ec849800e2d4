// Attaching a blob: the slot that its proof names is looked up in the remembered ring, and once more when it is not there.

import { beforeEach, expect, test } from 'vitest';
import type { AppRing } from '../../../../vault/domain/kek-life/ring.ts';
import { policyFor } from '../../../../vault/domain/policy/policy.ts';
import { checkAttachment, type SealedBlob } from '../../../../vault/usecases/attach-blob.ts';
import type { SealBlobResponse } from '../../../../wire/seal-blob.ts';
import { type MemoryVault, memoryVault } from '../../../support/memory-vault.ts';

const IMAGE = { type: 'image.share', data: {} };
const NOT_SEALED_BY_IT = {
  code: 'ref-not-allowed',
  message: 'this integration did not seal this blob: send ref and proof as seal-blob answered them',
  paths: ['blob'],
};

let vault: MemoryVault;
let ring: AppRing;
let blob: SealedBlob;
let refreshed: number;

beforeEach(async () => {
  vault = await memoryVault();
  ring = await vault.ring();
  blob = (await vault.call('web', 'seal-blob', { bytes: 5 })).body as SealBlobResponse;
  refreshed = 0;
});

/** Checks with a remembered ring, and with one that a fresh read gives. */
function check(remembered: AppRing, fresh?: AppRing, entry = IMAGE): Promise<void> {
  const refresh = async () => {
    refreshed += 1;
    return fresh;
  };
  const rings = { ...vault.rings, refresh };
  return checkAttachment({ rings }, { app: 'shop', integration: 'web', ring: remembered }, policyFor(), entry, blob);
}

test('a slot that is remembered costs no read', async () => {
  await check(ring);
  expect(refreshed).toBe(0);
});

test('a slot that is not remembered yet is found by a fresh read', async () => {
  await check({ ...ring, slots: [] }, ring);
  expect(refreshed).toBe(1);
});

test('without the slot, or without its salt, no proof counts', async () => {
  const destroyed = ring.slots.map(({ salt: _, ...slot }) => ({ ...slot, state: 'destroyed' as const }));
  for (const fresh of [undefined, { ...ring, slots: [] }, { ...ring, slots: destroyed }]) {
    await expect(check({ ...ring, slots: [] }, fresh)).rejects.toMatchObject(NOT_SEALED_BY_IT);
  }
});

test('an entry of an unknown type carries no blob', async () => {
  await expect(check(ring, ring, { type: 'unheard.of', data: {} })).rejects.toMatchObject({
    code: 'invalid-request',
    message: 'only a media event carries a blob',
  });
});
