// What every bundle eraser does, whatever is behind it.

import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  ERASURE_REPEAT_S,
  NOTHING_REMOVED,
  type Removed,
  SHARDS,
  type StoredBundle,
  totalRemoved,
} from '../../../vault/ports/bundle-store.ts';
import type { WholeBundleStore } from './bundle-store-contract.ts';
import { aBundle, aTag, keyOf, NOW_S, removal } from './bundles.ts';

/** Registers the contract's tests. `make` is called once; every test uses its own bundles. */
export function bundleEraserContract(name: string, make: () => Promise<WholeBundleStore>): void {
  describe(`${name} as a bundle eraser`, () => {
    let store: WholeBundleStore;
    beforeAll(async () => {
      store = await make();
    });

    test('erases every bundle of a subject and counts the fields', async () => {
      const subjectTag = aTag();
      const bundles = Array.from({ length: 20 }, () => aBundle({ subjectTag }));
      for (const bundle of bundles) await store.insert(bundle);
      expect(await store.eraseSubject('shop', subjectTag)).toEqual(totalRemoved(bundles.map(removal)));
      expect(await store.find(bundles.map(keyOf))).toEqual([]);
    });

    test('leaves other subjects, other apps and bundles without a subject untouched', async () => {
      const bundle = aBundle();
      const { subjectTag: _, ...nobodys } = aBundle();
      const others = [aBundle(), aBundle({ app: 'bank', subjectTag: bundle.subjectTag }), nobodys];
      for (const each of [bundle, ...others]) await store.insert(each);
      await store.eraseSubject('shop', tagOf(bundle));
      expect(await store.find(others.map(keyOf))).toHaveLength(3);
    });

    test('erases nothing of an unknown subject', async () => {
      expect(await store.eraseSubject('shop', aTag())).toEqual(NOTHING_REMOVED);
    });

    test('erases a subject of several pages', async () => {
      const subjectTag = aTag();
      for (let count = 0; count < 8; count += 1) {
        await store.insert(aBundle({ subjectTag, fields: new Map([[0, randomBytes(300 * 1024)]]) }));
      }
      expect((await store.eraseSubject('shop', subjectTag)).fields).toBe(8);
    });

    test('keeps what was created at the given second or later', async () => {
      const early = aBundle();
      const late = aBundle({ subjectTag: early.subjectTag, createdAtS: early.createdAtS + 1 });
      await store.insert(early);
      await store.insert(late);
      expect(await store.eraseSubject('shop', tagOf(early), late.createdAtS)).toEqual(removal(early));
      expect(await store.find([early, late].map(keyOf))).toHaveLength(1);
    });

    test('notes an erasure, which is due a minute later and is not counted as a bundle', async () => {
      const subjectTag = aTag();
      const requestedAtS = NOW_S - 2 * 10 ** 8;
      await store.noteErasure('shop', subjectTag, requestedAtS);
      const dueAt = async (nowS: number) => {
        const shards = Array.from({ length: SHARDS }, (_, shard) => store.expired(shard, nowS, 10));
        return (await Promise.all(shards)).flat();
      };
      const dueAtS = requestedAtS + ERASURE_REPEAT_S;
      const note = { kind: 'erasure', app: 'shop', dueAtS, subjectTag } as const;
      expect(await dueAt(dueAtS - 1)).toEqual([]);
      expect(await dueAt(dueAtS)).toEqual([note]);
      expect(await store.eraseSubject('shop', subjectTag)).toEqual(NOTHING_REMOVED);
      expect(await store.deleteExpired(note, dueAtS)).toEqual(NOTHING_REMOVED);
      expect(await dueAt(dueAtS)).toEqual([]);
    });

    test('erases one field once and keeps the others', async () => {
      const bundle = aBundle();
      await store.insert(bundle);
      expect(await store.eraseField(keyOf(bundle), 1, possessionTagOf(bundle, 1))).toEqual({
        fields: 1,
        bundles: new Map(),
      });
      expect(await store.eraseField(keyOf(bundle), 1, possessionTagOf(bundle, 1))).toEqual(NOTHING_REMOVED);
      const [left] = await store.find([keyOf(bundle)]);
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
      expect(await store.find([keyOf(bundle)])).toEqual([bundle]);
    });

    test('erases the bundle with its last field', async () => {
      const bundle = aBundle();
      await store.insert(bundle);
      const removed: Removed[] = [];
      for (const index of [0, 1, 2])
        removed.push(await store.eraseField(keyOf(bundle), index, possessionTagOf(bundle, index)));
      expect(totalRemoved(removed)).toEqual(removal(bundle));
      expect(await store.find([keyOf(bundle)])).toEqual([]);
    });

    test('leaves no empty bundle when all fields are erased at the same time', async () => {
      const bundle = aBundle();
      await store.insert(bundle);
      const erased = await Promise.all(
        [0, 1, 2].map((index) => store.eraseField(keyOf(bundle), index, possessionTagOf(bundle, index))),
      );
      expect(totalRemoved(erased)).toEqual(removal(bundle));
      expect(await store.find([keyOf(bundle)])).toEqual([]);
    });

    test('erases no field of an unknown bundle, and makes none', async () => {
      const bundle = aBundle();
      expect(await store.eraseField(keyOf(bundle), 0, possessionTagOf(bundle, 0))).toEqual(NOTHING_REMOVED);
      expect(await store.find([keyOf(bundle)])).toEqual([]);
    });
  });
}

function tagOf({ subjectTag }: StoredBundle): string {
  if (subjectTag === undefined) throw new Error('expected a bundle with a subject');
  return subjectTag;
}

/** What proves possession of a field: its first 16 bytes. */
function possessionTagOf({ fields }: StoredBundle, index: number): Buffer {
  return fields.get(index)?.subarray(0, 16) ?? Buffer.alloc(16);
}
