// Bundles in memory, with the limits and conditions of the DynamoDB store. For tests, benches and the testing kit.

import { DaykeyError } from '../domain/errors.ts';
import {
  type BundleEraser,
  type BundleKey,
  type BundleReaper,
  type BundleStore,
  ERASURE_ID,
  ERASURE_REPEAT_S,
  type Expired,
  expiryShardOf,
  NOTHING_REMOVED,
  type Removed,
  type StoredBundle,
  sumOf,
} from '../ports/bundle-store.ts';

/** Most bytes of one DynamoDB item (DynamoDB developer guide, quotas). */
const MAX_ITEM_BYTES = 400 * 1024;
/** Most keys of one BatchGetItem (DynamoDB API reference). */
const MAX_BATCH_GET_KEYS = 100;

/** Everything one table of bundles can do. Copies go in and copies come out: nobody shares bytes with the store. */
export function memoryBundleStore(): BundleStore & BundleReaper & BundleEraser {
  const bundles = new Map<string, StoredBundle & { readonly fields: Map<number, Buffer> }>();
  const notes = new Map<string, Expired>();

  function remove(name: string, { slot, fields }: StoredBundle): Removed {
    bundles.delete(name);
    return { fields: fields.size, bundles: new Map([[slot, 1]]) };
  }

  return {
    async insert(bundle) {
      const name = nameOf(bundle);
      const existing = bundles.get(name);
      // As in DynamoDB: the same blob is the same write, sent again.
      if (existing?.wrapped.equals(bundle.wrapped)) return;
      if (existing) throw new DaykeyError('bundle-exists', 'a bundle has this ID already');
      if (itemBytes(bundle) > MAX_ITEM_BYTES) {
        throw new DaykeyError('too-large', `an item is at most ${MAX_ITEM_BYTES} bytes, got ${itemBytes(bundle)}`);
      }
      bundles.set(name, copyOf(bundle));
    },

    async find(keys) {
      const names = new Set(keys.map(nameOf));
      if (names.size > MAX_BATCH_GET_KEYS) {
        throw new RangeError(`at most ${MAX_BATCH_GET_KEYS} bundles are read at once, got ${names.size}`);
      }
      return [...names]
        .map((name) => bundles.get(name))
        .filter((bundle) => bundle !== undefined)
        .map(copyOf);
    },

    async expired(shard, nowS, limit) {
      const due = [
        ...[...bundles.values()].map(({ app, tag, id, expiresAtS }) => ({ key: { app, tag, id }, expiresAtS })),
        ...notes.values(),
      ];
      return due
        .filter(({ key, expiresAtS }) => shardOf(key) === shard && expiresAtS <= nowS)
        .sort((a, b) => a.expiresAtS - b.expiresAtS)
        .slice(0, limit);
    },

    async deleteExpired(key, nowS) {
      const name = nameOf(key);
      const note = notes.get(name);
      if (note && note.expiresAtS <= nowS) notes.delete(name);
      const bundle = bundles.get(name);
      return bundle && bundle.expiresAtS <= nowS ? remove(name, bundle) : NOTHING_REMOVED;
    },

    async noteErasure(app, tag, requestedAtS) {
      const key = { app, tag, id: ERASURE_ID };
      notes.set(nameOf(key), { key, expiresAtS: requestedAtS + ERASURE_REPEAT_S });
    },

    async eraseSubject(app, tag, createdBeforeS = Number.MAX_SAFE_INTEGER) {
      const due = [...bundles].filter(
        ([, bundle]) => bundle.app === app && bundle.tag === tag && bundle.createdAtS < createdBeforeS,
      );
      return sumOf(due.map(([name, bundle]) => remove(name, bundle)));
    },

    async eraseField(key, index) {
      const bundle = bundles.get(nameOf(key));
      if (!bundle?.fields.delete(index)) return NOTHING_REMOVED;
      const { bundles: gone } = bundle.fields.size === 0 ? remove(nameOf(key), bundle) : NOTHING_REMOVED;
      return { fields: 1, bundles: gone };
    },
  };
}

function shardOf(key: BundleKey): number {
  return expiryShardOf(key.id === ERASURE_ID ? key.tag : key.id);
}

function nameOf(key: BundleKey): string {
  return `${key.app}#${key.tag}#${key.id}`;
}

function copyOf({ app, tag, id, slot, expiresAtS, createdAtS, wrapped, fields }: StoredBundle) {
  const copies = new Map([...fields].map(([index, bytes]) => [index, Buffer.from(bytes)]));
  return { app, tag, id, slot, expiresAtS, createdAtS, wrapped: Buffer.from(wrapped), fields: copies };
}

/** As DynamoDB counts, to within a few bytes: names, values, and some overhead for numbers and maps. */
function itemBytes(bundle: StoredBundle): number {
  const overhead = 128;
  const fields = [...bundle.fields.values()].reduce((sum, bytes) => sum + bytes.length + 3, 0);
  return overhead + nameOf(bundle).length + bundle.wrapped.length + fields;
}
