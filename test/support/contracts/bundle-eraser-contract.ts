// What every bundle eraser does, whatever is behind it.

import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  ERASURE_REPEAT_S,
  NOTHING_REMOVED,
  type Removed,
  type StoredBundle,
  shardOf,
  totalRemoved,
} from '../../../vault/ports/bundle-store.ts';
import type { WholeBundleStore } from './bundle-store-contract.ts';
import { aBundle, aTag, dueAt, keyOf, NOW_S, removal, wanted } from './bundles.ts';

/** Registers the contract's tests. `make` is called once; every test uses its own bundles. */
export function bundleEraserContract(name: string, make: () => Promise<WholeBundleStore>): void {
  describe(`${name} as a bundle eraser`, () => {
    let store: WholeBundleStore;
    beforeAll(async () => {
      store = await make();
    });

    /** Stores a bundle and points a subject to it. */
    const stored = async (subjectTag: string, overrides: Partial<StoredBundle> = {}) => {
      const bundle = aBundle(overrides);
      await Promise.all([store.insert(bundle), store.point(subjectTag, bundle)]);
      return bundle;
    };

    test('erases every bundle of a subject and counts the fields', async () => {
      const subjectTag = aTag();
      const bundles = await Promise.all(Array.from({ length: 20 }, () => stored(subjectTag)));
      expect(await store.eraseSubject('shop', subjectTag, NOW_S)).toEqual(totalRemoved(bundles.map(removal)));
      expect(await store.find(bundles.map(wanted))).toEqual([]);
    });

    test('leaves other subjects, other apps and bundles without a subject untouched', async () => {
      const subjectTag = aTag();
      await stored(subjectTag);
      const withoutSubject = aBundle();
      await store.insert(withoutSubject);
      const others = [await stored(aTag()), await stored(subjectTag, { app: 'bank' }), withoutSubject];
      await store.eraseSubject('shop', subjectTag, NOW_S);
      expect(await store.find(others.map(wanted))).toHaveLength(3);
    });

    test('erases nothing of an unknown subject', async () => {
      expect(await store.eraseSubject('shop', aTag(), NOW_S)).toEqual(NOTHING_REMOVED);
    });

    test('erases nothing where a pointer is ahead of its bundle, and the bundle once it is there', async () => {
      const [subjectTag, bundle] = [aTag(), aBundle()];
      await store.point(subjectTag, bundle);
      expect(await store.eraseSubject('shop', subjectTag, NOW_S)).toEqual(NOTHING_REMOVED);
      await store.insert(bundle);
      expect(await store.eraseSubject('shop', subjectTag, NOW_S)).toEqual(removal(bundle));
    });

    test('erases 8 bundles of a subject that are 300 KB each', async () => {
      const subjectTag = aTag();
      for (let count = 0; count < 8; count += 1) {
        await stored(subjectTag, { fields: new Map([[0, randomBytes(300 * 1024)]]) });
      }
      expect((await store.eraseSubject('shop', subjectTag, NOW_S)).fields).toBe(8);
    });

    test('erases what has expired less than an hour ago, for writers whose clock is behind', async () => {
      const subjectTag = aTag();
      const bundle = await stored(subjectTag, { expiresAtS: NOW_S - 3599 });
      expect(await store.eraseSubject('shop', subjectTag, NOW_S)).toEqual(removal(bundle));
    });

    test('notes an erasure, which is due a minute later', async () => {
      const subjectTag = aTag();
      const requestedAtS = NOW_S - 2 * 10 ** 8;
      await store.noteErasure('shop', subjectTag, requestedAtS);
      const dueAtS = requestedAtS + ERASURE_REPEAT_S;
      expect(await dueAt(store, dueAtS - 1)).toEqual([]);
      const [note, ...others] = await dueAt(store, dueAtS);
      expect(note).toMatchObject({ kind: 'erasure', app: 'shop', subjectTag, dueAtS, shard: shardOf(subjectTag) });
      expect(others).toEqual([]);
      expect(note && (await store.remove(note))).toBe(true);
      expect(await dueAt(store, dueAtS)).toEqual([]);
    });

    test('notes each of two erasures of a subject, so that the second does not put off the first', async () => {
      const subjectTag = aTag();
      const requestedAtS = NOW_S - 3 * 10 ** 8;
      for (const laterS of [0, 30]) await store.noteErasure('shop', subjectTag, requestedAtS + laterS);
      const due = await dueAt(store, requestedAtS + ERASURE_REPEAT_S + 30);
      expect(due.map(({ dueAtS }) => dueAtS)).toEqual([60, 90].map((laterS) => requestedAtS + laterS));
      for (const note of due) await store.remove(note);
    });

    test('repeats an erasure of what was created before it was asked for, and counts the bundles of each slot', async () => {
      const subjectTag = aTag();
      const early = [
        await stored(subjectTag),
        await stored(subjectTag, { slot: NOW_S - 700 }),
        await stored(subjectTag, { pool: 3 }),
      ];
      const late = await stored(subjectTag, { createdAtS: NOW_S + 1 });
      const dueAtS = NOW_S + 1 + ERASURE_REPEAT_S;
      const note = { kind: 'erasure', shard: 0, row: '', app: 'shop', subjectTag, dueAtS } as const;
      const counts = early.map(({ pool, slot }) => ({ pool, slot, count: 1 }));
      const repeated = await store.repeatErasure(note, dueAtS, async () => {});
      expect(repeated).toHaveLength(counts.length);
      expect(repeated).toEqual(expect.arrayContaining(counts));
      expect(await store.repeatErasure(note, dueAtS, async () => {})).toEqual([]);
      expect(await store.find([...early, late].map(wanted))).toEqual([late]);
    });

    test('says which blobs lost their keys, each time that a subject is erased, and by a ref once', async () => {
      const subjectTag = aTag();
      const bundle = await stored(subjectTag, { blobDays: 2 });
      const blob = { app: bundle.app, id: bundle.id, days: 2 };
      expect((await store.eraseSubject('shop', subjectTag, NOW_S)).blobs).toEqual([blob]);
      const removed: unknown[] = [];
      const note = { kind: 'erasure', shard: 0, row: '', app: 'shop', subjectTag, dueAtS: NOW_S + 90 } as const;
      await store.repeatErasure(note, NOW_S + 90, async (blobs) => void removed.push(...blobs));
      expect(removed).toEqual([blob]);
      const other = { ...aBundle({ blobDays: 8 }) };
      const single = { ...other, fields: new Map([...other.fields].slice(0, 1)) };
      await store.insert(single);
      const [index = 0] = single.fields.keys();
      const erased = await store.eraseField(keyOf(single), index, possessionTagOf(single, index));
      expect(erased.blobs).toEqual([{ app: single.app, id: single.id, days: 8 }]);
    });

    test('notes a blob, which is due then and not a second before', async () => {
      const { app, id } = aBundle();
      const blob = { app, id, days: 3 };
      const dueAtS = NOW_S - 4 * 10 ** 8;
      await store.noteBlob(blob, dueAtS);
      expect(await dueAt(store, dueAtS - 1)).toEqual([]);
      const [due, ...others] = await dueAt(store, dueAtS);
      expect([due, others]).toEqual([expect.objectContaining({ kind: 'blob', blob, dueAtS }), []]);
      if (due) expect([await store.remove(due), await store.remove(due)]).toEqual([true, false]);
    });

    test('erases one field once and keeps the others', async () => {
      const bundle = aBundle();
      await store.insert(bundle);
      expect(await store.eraseField(keyOf(bundle), 1, possessionTagOf(bundle, 1))).toEqual({
        fields: 1,
        bundles: [],
      });
      expect(await store.eraseField(keyOf(bundle), 1, possessionTagOf(bundle, 1))).toEqual(NOTHING_REMOVED);
      const [left] = await store.find([wanted(bundle)]);
      expect([...(left?.fields.keys() ?? [])].sort()).toEqual([0, 2]);
    });

    test('erases no field for another possession tag, and does not tell whether the field is there', async () => {
      const bundle = aBundle();
      await store.insert(bundle);
      const others = [possessionTagOf(bundle, 0), randomBytes(16), Buffer.alloc(16)];
      for (const other of others) {
        expect(await store.eraseField(keyOf(bundle), 1, other)).toEqual(NOTHING_REMOVED);
        expect(await store.eraseField(keyOf(bundle), 7, other)).toEqual(NOTHING_REMOVED);
      }
      expect(await store.find([wanted(bundle)])).toEqual([bundle]);
    });

    test('erases the bundle with its last field', async () => {
      const bundle = aBundle();
      await store.insert(bundle);
      const removed: Removed[] = [];
      for (const index of [0, 1, 2])
        removed.push(await store.eraseField(keyOf(bundle), index, possessionTagOf(bundle, index)));
      expect(totalRemoved(removed)).toEqual(removal(bundle));
      expect(await store.find([wanted(bundle)])).toEqual([]);
    });

    test('leaves no empty bundle when all fields are erased at the same time', async () => {
      const bundle = aBundle();
      await store.insert(bundle);
      const erased = await Promise.all(
        [0, 1, 2].map((index) => store.eraseField(keyOf(bundle), index, possessionTagOf(bundle, index))),
      );
      expect(totalRemoved(erased)).toEqual(removal(bundle));
      expect(await store.find([wanted(bundle)])).toEqual([]);
    });

    test('counts a field once when many erase it at once', async () => {
      const bundle = aBundle();
      await store.insert(bundle);
      const erase = () => store.eraseField(keyOf(bundle), 1, possessionTagOf(bundle, 1));
      const erased = await Promise.all(Array.from({ length: 12 }, erase));
      expect(totalRemoved(erased)).toEqual({ fields: 1, bundles: [] });
    });

    test('counts every bundle once when erasures and sweepers meet', async () => {
      const subjectTag = aTag();
      const bundles = await Promise.all(Array.from({ length: 4 }, () => stored(subjectTag)));
      const note = { kind: 'erasure', shard: 0, row: '', app: 'shop', subjectTag, dueAtS: NOW_S + 90 } as const;
      const [erased, swept] = await Promise.all([
        Promise.all(Array.from({ length: 6 }, () => store.eraseSubject('shop', subjectTag, NOW_S))),
        Promise.all(Array.from({ length: 6 }, () => store.repeatErasure(note, NOW_S + 90, async () => {}))),
      ]);
      const counts = [...totalRemoved(erased).bundles, ...swept.flat()].map(({ count }) => count);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(bundles.length);
      expect(await store.find(bundles.map(wanted))).toEqual([]);
    });

    test('erases no field of an unknown bundle, and makes none', async () => {
      const bundle = aBundle();
      expect(await store.eraseField(keyOf(bundle), 0, possessionTagOf(bundle, 0))).toEqual(NOTHING_REMOVED);
      expect(await store.find([wanted(bundle)])).toEqual([]);
    });
  });
}

/** What proves possession of a field: its first 16 bytes. */
function possessionTagOf({ fields }: StoredBundle, index: number): Buffer {
  return fields.get(index)?.subarray(0, 16) ?? Buffer.alloc(16);
}
