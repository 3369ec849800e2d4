// What every bundle eraser does, whatever is behind it.

import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  ERASURE_ID,
  ERASURE_REPEAT_S,
  EXPIRY_SHARDS,
  NOTHING_REMOVED,
  type Removed,
  totalRemoved,
} from '../../../vault/ports/bundle-store.ts';
import type { WholeBundleStore } from './bundle-store-contract.ts';
import { aBundle, keyOf, NOW_S, removal } from './bundles.ts';

/** Registers the contract's tests. `make` is called once; every test uses its own bundles. */
export function bundleEraserContract(name: string, make: () => Promise<WholeBundleStore>): void {
  describe(`${name} as a bundle eraser`, () => {
    let store: WholeBundleStore;
    beforeAll(async () => {
      store = await make();
    });

    test("erases every bundle of a subject's tag and counts the fields", async () => {
      const { tag } = aBundle();
      const bundles = Array.from({ length: 20 }, () => aBundle({ tag }));
      for (const bundle of bundles) await store.insert(bundle);
      expect(await store.eraseSubject('shop', tag)).toEqual(totalRemoved(bundles.map(removal)));
      expect(await store.find(bundles.map(keyOf))).toEqual([]);
    });

    test('keeps bundles of other tags and other apps', async () => {
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

    test('keeps what was created at the given second or later', async () => {
      const early = aBundle();
      const late = aBundle({ tag: early.tag, createdAtS: early.createdAtS + 1 });
      await store.insert(early);
      await store.insert(late);
      expect(await store.eraseSubject('shop', early.tag, late.createdAtS)).toEqual(removal(early));
      expect(await store.find([early, late].map(keyOf))).toHaveLength(1);
    });

    test('notes an erasure, which expires a minute later and does not count as a bundle', async () => {
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

    test('erases one field once and keeps the others', async () => {
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
      expect(totalRemoved(removed)).toEqual(removal(bundle));
      expect(await store.find([keyOf(bundle)])).toEqual([]);
    });

    test('leaves no empty bundle when all fields are erased at the same time', async () => {
      const bundle = aBundle();
      await store.insert(bundle);
      const erased = await Promise.all([0, 1, 2].map((index) => store.eraseField(keyOf(bundle), index)));
      expect(totalRemoved(erased)).toEqual(removal(bundle));
      expect(await store.find([keyOf(bundle)])).toEqual([]);
    });

    test('erases no field of an unknown bundle, and makes none', async () => {
      const bundle = aBundle();
      expect(await store.eraseField(keyOf(bundle), 0)).toEqual(NOTHING_REMOVED);
      expect(await store.find([keyOf(bundle)])).toEqual([]);
    });
  });
}
