// The bundle store in memory keeps the contracts of store, reaper and eraser.

import { expect, test } from 'vitest';
import { memoryBundleStore } from '../../../../vault/memory/bundle-store.ts';
import { bundleEraserContract } from '../../../support/contracts/bundle-eraser-contract.ts';
import { bundleReaperContract } from '../../../support/contracts/bundle-reaper-contract.ts';
import { bundleStoreContract } from '../../../support/contracts/bundle-store-contract.ts';
import { aBundle, keyOf } from '../../../support/contracts/bundles.ts';

const make = async () => memoryBundleStore();

bundleStoreContract('memory', make);
bundleReaperContract('memory', make);
bundleEraserContract('memory', make);

test('keeps only the bytes of a bundle alive, not the buffers that they came from', async () => {
  const store = memoryBundleStore();
  const pooled = Buffer.from('a few bytes');
  expect(pooled.buffer.byteLength).toBeGreaterThan(pooled.length);
  const bundle = aBundle({ wrapped: pooled, fields: new Map([[0, pooled]]) });
  await store.insert(bundle);
  const [found] = await store.find([{ ...keyOf(bundle), indexes: new Set([0]) }]);
  for (const bytes of [found?.wrapped, found?.fields.get(0)]) {
    expect(bytes).toEqual(pooled);
    expect(bytes?.buffer.byteLength).toBe(pooled.length);
  }
});
