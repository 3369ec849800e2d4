// Bundles in memory, with the limits and conditions of the DynamoDB store. For tests, benches and the testing kit.

import { DaykeyError } from '../domain/errors.ts';
import {
  type BundleEraser,
  type BundleKey,
  type BundleReaper,
  type BundleStore,
  expiryShardOf,
  type StoredBundle,
} from '../ports/bundle-store.ts';

/** Most bytes of one DynamoDB item (DynamoDB developer guide, quotas). */
const MAX_ITEM_BYTES = 400 * 1024;
/** Most keys of one BatchGetItem (DynamoDB API reference). */
const MAX_BATCH_GET_KEYS = 100;

/** Everything one table of bundles can do. Copies go in and copies come out: nobody shares bytes with the store. */
export function memoryBundleStore(): BundleStore & BundleReaper & BundleEraser {
  const bundles = new Map<string, StoredBundle & { readonly fields: Map<number, Buffer> }>();

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
      return [...bundles.values()]
        .filter((bundle) => expiryShardOf(bundle.id) === shard && bundle.expiresAtS <= nowS)
        .sort((a, b) => a.expiresAtS - b.expiresAtS)
        .slice(0, limit)
        .map(({ app, tag, id }) => ({ app, tag, id }));
    },

    async deleteExpired(key, nowS) {
      const bundle = bundles.get(nameOf(key));
      return bundle !== undefined && bundle.expiresAtS <= nowS && bundles.delete(nameOf(key));
    },

    async eraseSubject(app, tag) {
      let removed = 0;
      for (const [name, bundle] of bundles) {
        if (bundle.app !== app || bundle.tag !== tag) continue;
        removed += bundle.fields.size;
        bundles.delete(name);
      }
      return removed;
    },

    async eraseField(key, index) {
      const bundle = bundles.get(nameOf(key));
      if (!bundle?.fields.delete(index)) return false;
      if (bundle.fields.size === 0) bundles.delete(nameOf(key));
      return true;
    },
  };
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
