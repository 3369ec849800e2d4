// What every bundle store does, whatever is behind it.

import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BundleEraser, BundleReaper, BundleStore } from '../../../vault/ports/bundle-store.ts';
import { aBundle, dueBundle, wanted } from './bundles.ts';

/** All three ports: the contracts of reaper and eraser need bundles to delete. */
export type WholeBundleStore = BundleStore & BundleReaper & BundleEraser;

/** Registers the contract's tests. `make` is called once; every test uses its own bundles. */
export function bundleStoreContract(name: string, make: () => Promise<WholeBundleStore>): void {
  describe(`${name} as a bundle store`, () => {
    let store: WholeBundleStore;
    beforeAll(async () => {
      store = await make();
    });

    test('gives back what was inserted, byte for byte', async () => {
      const bundle = aBundle({
        fields: new Map([
          [0, randomBytes(64)],
          [63, randomBytes(1)],
        ]),
      });
      await store.insert(bundle);
      expect(await store.find([wanted(bundle)])).toEqual([bundle]);
    });

    test('gives expired bundles too', async () => {
      const bundle = aBundle({ expiresAtS: 1 });
      await store.insert(bundle);
      expect(await store.find([wanted(bundle)])).toHaveLength(1);
    });

    test('finds nothing under another app, another expiry or another ID', async () => {
      const bundle = aBundle();
      await store.insert(bundle);
      const others = [{ app: 'bank' }, { expiresAtS: bundle.expiresAtS + 1 }, { id: aBundle().id }];
      expect(await store.find(others.map((other) => ({ ...wanted(bundle), ...other })))).toEqual([]);
    });

    test('finds those of many bundles that exist, each once, even when asked for twice', async () => {
      const bundles = Array.from({ length: 40 }, () => aBundle());
      await Promise.all(bundles.map((bundle) => store.insert(bundle)));
      const asked = [...bundles, ...bundles, aBundle()].map(wanted);
      const found = await store.find(asked);
      expect(found.map(({ id }) => id).sort()).toEqual(bundles.map(({ id }) => id).sort());
    });

    test('finds 50 bundles of 350 KB, more than one answer holds', async () => {
      const bundles = Array.from({ length: 50 }, () =>
        aBundle({ expiresAtS: 2, fields: new Map([[0, randomBytes(340 * 1024)]]) }),
      );
      for (const bundle of bundles) await store.insert(bundle);
      expect(await store.find(bundles.map(wanted))).toHaveLength(50);
      for (const bundle of bundles) await store.remove(dueBundle(bundle));
    });

    test('gives only the wanted fields of each bundle, and what it has of them', async () => {
      const [one, other] = [aBundle(), aBundle()];
      for (const bundle of [one, other]) await store.insert(bundle);
      const found = await store.find([
        { ...wanted(one), indexes: new Set([0, 63]) },
        { ...wanted(other), indexes: new Set([1]) },
        { ...wanted(other), indexes: new Set([2]) },
      ]);
      const indexes = (id: string) => [...(found.find((bundle) => bundle.id === id)?.fields.keys() ?? [])].sort();
      expect([indexes(one.id), indexes(other.id)]).toEqual([[0], [1, 2]]);
    });

    test('gives a bundle without any field when it has none of the wanted ones', async () => {
      const bundle = aBundle();
      await store.insert(bundle);
      const found = await store.find([{ ...wanted(bundle), indexes: new Set([7]) }]);
      expect(found).toEqual([{ ...bundle, fields: new Map() }]);
    });

    test('finds nothing when asked for nothing', async () => {
      expect(await store.find([])).toEqual([]);
    });

    test('rejects more than 100 bundles at once', async () => {
      await expect(store.find(Array.from({ length: 101 }, () => wanted(aBundle())))).rejects.toThrow();
    });

    test('rejects a bundle whose ID is taken with `bundle-exists` and keeps the first', async () => {
      const bundle = aBundle();
      await store.insert(bundle);
      await expect(store.insert({ ...bundle, wrapped: randomBytes(180) })).rejects.toMatchObject({
        code: 'bundle-exists',
      });
      expect(await store.find([wanted(bundle)])).toEqual([bundle]);
    });

    test('accepts the very same bundle twice: the SDK repeats a write whose answer got lost', async () => {
      const bundle = aBundle();
      await store.insert(bundle);
      await expect(store.insert(bundle)).resolves.toBeUndefined();
    });

    test('lets one of many writers of the same ID win', async () => {
      const bundle = aBundle();
      const writes = Array.from({ length: 8 }, () => store.insert({ ...bundle, wrapped: randomBytes(180) }));
      const outcomes = await Promise.allSettled(writes);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    test('rejects an item above 400 KB and stores none of it', async () => {
      const bundle = aBundle({ fields: new Map([[0, randomBytes(400 * 1024)]]) });
      await expect(store.insert(bundle)).rejects.toMatchObject({ code: 'too-large' });
      expect(await store.find([wanted(bundle)])).toEqual([]);
    });

    test('shares no bytes with its callers', async () => {
      const bundle = aBundle();
      const blob = Buffer.from(bundle.wrapped);
      await store.insert(bundle);
      bundle.wrapped.fill(0);
      const [first] = await store.find([wanted(bundle)]);
      expect(first?.wrapped).toEqual(blob);
      first?.wrapped.fill(0);
      const [second] = await store.find([wanted(bundle)]);
      expect(second?.wrapped).toEqual(blob);
    });
  });
}
