// What every bundle store does, whatever it stands on.

import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type BundleEraser,
  type BundleReaper,
  type BundleStore,
  ERASURE_ID,
  ERASURE_REPEAT_S,
  EXPIRY_SHARDS,
  expiryShardOf,
  NOTHING_REMOVED,
  type Removed,
  sumOf,
} from '../../../vault/ports/bundle-store.ts';
import { aBundle, dueOf, keyOf, NOW_S, wholeOf } from './bundles.ts';

export type AllOfABundleStore = BundleStore & BundleReaper & BundleEraser;

/** Registers the contract's tests. `make` is called once; every test uses bundles of its own. */
export function bundleStoreContract(name: string, make: () => Promise<AllOfABundleStore>): void {
  describe(`${name} as a bundle store`, () => {
    let store: AllOfABundleStore;
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
      expect(await store.find([keyOf(bundle)])).toEqual([bundle]);
    });

    test('gives expired bundles too: whether they may be read is not its decision', async () => {
      const bundle = aBundle({ expiresAtS: 1 });
      await store.insert(bundle);
      expect(await store.find([keyOf(bundle)])).toHaveLength(1);
    });

    test('finds nothing under another app, another tag or another ID', async () => {
      const bundle = aBundle();
      await store.insert(bundle);
      const others = [{ app: 'bank' }, { tag: aBundle().tag }, { id: aBundle().id }];
      expect(await store.find(others.map((other) => ({ ...keyOf(bundle), ...other })))).toEqual([]);
    });

    test('finds those of many that exist, each once, however often it is asked for', async () => {
      const bundles = Array.from({ length: 40 }, () => aBundle());
      await Promise.all(bundles.map((bundle) => store.insert(bundle)));
      const asked = [...bundles, ...bundles, aBundle()].map(keyOf);
      const found = await store.find(asked);
      expect(found.map(({ id }) => id).sort()).toEqual(bundles.map(({ id }) => id).sort());
    });

    test('finds 100 bundles of 350 KB, more than one answer holds', async () => {
      const tag = aBundle().tag;
      const bundles = Array.from({ length: 100 }, () =>
        aBundle({ tag, fields: new Map([[0, randomBytes(340 * 1024)]]) }),
      );
      for (const bundle of bundles) await store.insert(bundle);
      expect(await store.find(bundles.map(keyOf))).toHaveLength(100);
      await store.eraseSubject('shop', tag);
    });

    test('finds nothing when asked for nothing', async () => {
      expect(await store.find([])).toEqual([]);
    });

    test('rejects more than 100 bundles at once', async () => {
      await expect(store.find(Array.from({ length: 101 }, () => keyOf(aBundle())))).rejects.toThrow();
    });

    test('rejects a bundle whose ID is taken with `bundle-exists` and keeps the first', async () => {
      const bundle = aBundle();
      await store.insert(bundle);
      await expect(store.insert({ ...bundle, wrapped: randomBytes(180) })).rejects.toMatchObject({
        code: 'bundle-exists',
      });
      expect(await store.find([keyOf(bundle)])).toEqual([bundle]);
    });

    test('takes the very same bundle twice: a write whose answer got lost is sent again', async () => {
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
      expect(await store.find([keyOf(bundle)])).toEqual([]);
    });

    test('shares no bytes with its callers', async () => {
      const bundle = aBundle();
      const blob = Buffer.from(bundle.wrapped);
      await store.insert(bundle);
      bundle.wrapped.fill(0);
      const [first] = await store.find([keyOf(bundle)]);
      expect(first?.wrapped).toEqual(blob);
      first?.wrapped.fill(0);
      const [second] = await store.find([keyOf(bundle)]);
      expect(second?.wrapped).toEqual(blob);
    });
  });

  describe(`${name} as a bundle reaper`, () => {
    // Long past, so that no other test's bundles are among the expired.
    const T = NOW_S - 10 ** 8;
    let store: AllOfABundleStore;
    beforeAll(async () => {
      store = await make();
    });

    const inShard = (shard: number, expiresAtS: number) => {
      for (;;) {
        const bundle = aBundle({ expiresAtS });
        if (expiryShardOf(bundle.id) === shard) return bundle;
      }
    };

    test('lists the expired of one shard, the oldest first, up to the limit', async () => {
      const [late, early, middle] = [inShard(3, T - 1), inShard(3, T - 3), inShard(3, T - 2)];
      for (const bundle of [late, early, middle, inShard(4, T - 3), inShard(3, T + 1)]) await store.insert(bundle);
      expect(await store.expired(3, T, 10)).toEqual([early, middle, late].map(dueOf));
      expect(await store.expired(3, T, 2)).toEqual([early, middle].map(dueOf));
    });

    test('lists a bundle at its expiry and not a second before', async () => {
      const bundle = inShard(7, T);
      await store.insert(bundle);
      expect(await store.expired(7, T - 1, 10)).toEqual([]);
      expect(await store.expired(7, T, 10)).toEqual([dueOf(bundle)]);
    });

    test('deletes an expired bundle once', async () => {
      const bundle = inShard(9, T);
      await store.insert(bundle);
      expect(await store.deleteExpired(keyOf(bundle), T)).toEqual(wholeOf(bundle));
      expect(await store.deleteExpired(keyOf(bundle), T)).toEqual(NOTHING_REMOVED);
      expect(await store.find([keyOf(bundle)])).toEqual([]);
      expect(await store.expired(9, T, 10)).toEqual([]);
    });

    test('does not delete a bundle that has not expired', async () => {
      const bundle = inShard(10, T);
      await store.insert(bundle);
      expect(await store.deleteExpired(keyOf(bundle), T - 1)).toEqual(NOTHING_REMOVED);
      expect(await store.find([keyOf(bundle)])).toHaveLength(1);
    });

    test('deletes nothing where there is nothing', async () => {
      expect(await store.deleteExpired(keyOf(aBundle()), T)).toEqual(NOTHING_REMOVED);
    });
  });

  describe(`${name} as a bundle eraser`, () => {
    let store: AllOfABundleStore;
    beforeAll(async () => {
      store = await make();
    });

    test("erases every bundle of a subject's tag and counts the fields", async () => {
      const { tag } = aBundle();
      const bundles = Array.from({ length: 20 }, () => aBundle({ tag }));
      for (const bundle of bundles) await store.insert(bundle);
      expect(await store.eraseSubject('shop', tag)).toEqual(sumOf(bundles.map(wholeOf)));
      expect(await store.find(bundles.map(keyOf))).toEqual([]);
    });

    test('leaves other tags and other apps alone', async () => {
      const bundle = aBundle();
      const otherTag = aBundle();
      const otherApp = aBundle({ app: 'bank', tag: bundle.tag });
      for (const each of [bundle, otherTag, otherApp]) await store.insert(each);
      await store.eraseSubject('shop', bundle.tag);
      expect(await store.find([otherTag, otherApp].map(keyOf))).toHaveLength(2);
    });

    test('erases nothing of an unknown subject', async () => {
      expect(await store.eraseSubject('shop', aBundle().tag)).toEqual(NOTHING_REMOVED);
    });

    test('erases a subject of several pages', async () => {
      const { tag } = aBundle();
      for (let count = 0; count < 8; count += 1) {
        await store.insert(aBundle({ tag, fields: new Map([[0, randomBytes(300 * 1024)]]) }));
      }
      expect((await store.eraseSubject('shop', tag)).fields).toBe(8);
    });

    test('leaves what was created at the named second or later', async () => {
      const early = aBundle();
      const late = aBundle({ tag: early.tag, createdAtS: early.createdAtS + 1 });
      await store.insert(early);
      await store.insert(late);
      expect(await store.eraseSubject('shop', early.tag, late.createdAtS)).toEqual(wholeOf(early));
      expect(await store.find([early, late].map(keyOf))).toHaveLength(1);
    });

    test('notes an erasure, which comes due a minute later and is deleted as no bundle', async () => {
      const { tag } = aBundle();
      const requestedAtS = NOW_S - 2 * 10 ** 8;
      await store.noteErasure('shop', tag, requestedAtS);
      const dueAt = async (nowS: number) => {
        const shards = Array.from({ length: EXPIRY_SHARDS }, (_, shard) => store.expired(shard, nowS, 10));
        return (await Promise.all(shards)).flat();
      };
      const note = { key: { app: 'shop', tag, id: ERASURE_ID }, expiresAtS: requestedAtS + ERASURE_REPEAT_S };
      expect(await dueAt(note.expiresAtS - 1)).toEqual([]);
      expect(await dueAt(note.expiresAtS)).toEqual([note]);
      expect(await store.eraseSubject('shop', tag)).toEqual(NOTHING_REMOVED);
      expect(await store.deleteExpired(note.key, note.expiresAtS)).toEqual(NOTHING_REMOVED);
      expect(await dueAt(note.expiresAtS)).toEqual([]);
    });

    test('erases one field once and leaves the others', async () => {
      const bundle = aBundle();
      await store.insert(bundle);
      expect(await store.eraseField(keyOf(bundle), 1)).toEqual({ fields: 1, bundles: new Map() });
      expect(await store.eraseField(keyOf(bundle), 1)).toEqual(NOTHING_REMOVED);
      const [left] = await store.find([keyOf(bundle)]);
      expect([...(left?.fields.keys() ?? [])].sort()).toEqual([0, 2]);
    });

    test('erases the bundle with its last field', async () => {
      const bundle = aBundle();
      await store.insert(bundle);
      const removed: Removed[] = [];
      for (const index of [0, 1, 2]) removed.push(await store.eraseField(keyOf(bundle), index));
      expect(sumOf(removed)).toEqual(wholeOf(bundle));
      expect(await store.find([keyOf(bundle)])).toEqual([]);
    });

    test('erases every field of a bundle at once and leaves no empty bundle', async () => {
      const bundle = aBundle();
      await store.insert(bundle);
      const erased = await Promise.all([0, 1, 2].map((index) => store.eraseField(keyOf(bundle), index)));
      expect(sumOf(erased)).toEqual(wholeOf(bundle));
      expect(await store.find([keyOf(bundle)])).toEqual([]);
    });

    test('erases no field of an unknown bundle, and makes none', async () => {
      const bundle = aBundle();
      expect(await store.eraseField(keyOf(bundle), 0)).toEqual(NOTHING_REMOVED);
      expect(await store.find([keyOf(bundle)])).toEqual([]);
    });
  });
}
