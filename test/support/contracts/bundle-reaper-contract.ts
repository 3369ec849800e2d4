// What every bundle reaper does, whatever is behind it.

import { beforeAll, describe, expect, test } from 'vitest';
import { NOTHING_REMOVED, shardOf } from '../../../vault/ports/bundle-store.ts';
import type { WholeBundleStore } from './bundle-store-contract.ts';
import { aBundle, indexEntry, keyOf, NOW_S, removal } from './bundles.ts';

/** Registers the contract's tests. `make` is called once; every test uses its own bundles. */
export function bundleReaperContract(name: string, make: () => Promise<WholeBundleStore>): void {
  describe(`${name} as a bundle reaper`, () => {
    // Long ago, so that the bundles of other tests are not expired.
    const T = NOW_S - 10 ** 8;
    let store: WholeBundleStore;
    beforeAll(async () => {
      store = await make();
    });

    const inShard = (shard: number, expiresAtS: number) => {
      for (;;) {
        const bundle = aBundle({ expiresAtS });
        if (shardOf(bundle.id) === shard) return bundle;
      }
    };

    test('lists the expired entries of one shard, oldest first, up to the limit', async () => {
      const [late, early, middle] = [inShard(3, T - 1), inShard(3, T - 3), inShard(3, T - 2)];
      for (const bundle of [late, early, middle, inShard(4, T - 3), inShard(3, T + 1)]) await store.insert(bundle);
      expect(await store.expired(3, T, 10)).toEqual([early, middle, late].map(indexEntry));
      expect(await store.expired(3, T, 2)).toEqual([early, middle].map(indexEntry));
    });

    test('lists a bundle from its expiry on', async () => {
      const bundle = inShard(7, T);
      await store.insert(bundle);
      expect(await store.expired(7, T - 1, 10)).toEqual([]);
      expect(await store.expired(7, T, 10)).toEqual([indexEntry(bundle)]);
    });

    test('deletes an expired bundle once', async () => {
      const bundle = inShard(9, T);
      await store.insert(bundle);
      expect(await store.deleteExpired(indexEntry(bundle), T)).toEqual(removal(bundle));
      expect(await store.deleteExpired(indexEntry(bundle), T)).toEqual(NOTHING_REMOVED);
      expect(await store.find([keyOf(bundle)])).toEqual([]);
      expect(await store.expired(9, T, 10)).toEqual([]);
    });

    test('does not delete a bundle that has not expired', async () => {
      const bundle = inShard(10, T);
      await store.insert(bundle);
      expect(await store.deleteExpired(indexEntry(bundle), T - 1)).toEqual(NOTHING_REMOVED);
      expect(await store.find([keyOf(bundle)])).toHaveLength(1);
    });

    test('deletes nothing where there is nothing', async () => {
      expect(await store.deleteExpired(indexEntry(aBundle()), T)).toEqual(NOTHING_REMOVED);
    });
  });
}
