// What every bundle reaper does, whatever is behind it.

import { beforeAll, describe, expect, test } from 'vitest';
import { shardOf } from '../../../vault/ports/bundle-store.ts';
import type { WholeBundleStore } from './bundle-store-contract.ts';
import { aBundle, dueAt, dueBundle, NOW_S, wanted } from './bundles.ts';

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

    test('gives what is due in one shard, earliest first, with the slot of each bundle', async () => {
      const [late, early, middle] = [inShard(3, T - 1), inShard(3, T - 3), inShard(3, T - 2)];
      for (const bundle of [late, early, middle, inShard(4, T - 3), inShard(3, T + 1)]) await store.insert(bundle);
      expect(await dueAt(store, T, [3])).toEqual([early, middle, late].map(dueBundle));
    });

    test('gives a bundle from its expiry on, and not a second before', async () => {
      const bundle = inShard(7, T);
      await store.insert(bundle);
      expect(await dueAt(store, T - 1, [7])).toEqual([]);
      expect(await dueAt(store, T, [7])).toEqual([dueBundle(bundle)]);
    });

    test('gives each row of many pages once, while they are deleted', async () => {
      const bundles = Array.from({ length: 8 }, (_, at) => inShard(11, T - at));
      const fields = new Map([[0, Buffer.alloc(300 * 1024)]]);
      for (const bundle of bundles) await store.insert({ ...bundle, fields });
      const given: string[] = [];
      for await (const page of store.due(11, T)) {
        given.push(...page.map(({ row }) => row));
        for (const due of page) expect(await store.remove(due)).toBe(true);
      }
      expect(given).toEqual(bundles.map((bundle) => dueBundle(bundle).row).toSorted());
      expect(await dueAt(store, T, [11])).toEqual([]);
    });

    test('removes a bundle once', async () => {
      const bundle = inShard(9, T);
      await store.insert(bundle);
      expect(await store.remove(dueBundle(bundle))).toBe(true);
      expect(await store.remove(dueBundle(bundle))).toBe(false);
      expect(await store.find([wanted(bundle)])).toEqual([]);
    });

    test('answers one of many removals at once that the bundle was there', async () => {
      const bundle = inShard(10, T);
      await store.insert(bundle);
      const removals = await Promise.all(Array.from({ length: 8 }, () => store.remove(dueBundle(bundle))));
      expect(removals.filter((isRemoved) => isRemoved)).toHaveLength(1);
    });
  });
}
