// Bundles in memory, with the limits and conditions of DynamoDB. For tests, benches and the testing kit.

import { DaykeyError } from '../domain/errors.ts';
import {
  type BundleEraser,
  type BundleKey,
  type BundleReaper,
  type BundleStore,
  ERASURE_ID,
  ERASURE_REPEAT_S,
  type Expired,
  expiryShard,
  MAX_FIND,
  NOTHING_REMOVED,
  type Removed,
  type StoredBundle,
  totalRemoved,
} from '../ports/bundle-store.ts';

/** Most bytes of one DynamoDB item (DynamoDB developer guide, quotas). */
const MAX_ITEM_BYTES = 400 * 1024;

/** All three ports on one set of bundles. The store copies what it takes and returns, and shares no bytes. */
export function memoryBundleStore(): BundleStore & BundleReaper & BundleEraser {
  const bundles = new Map<string, StoredBundle & { readonly fields: Map<number, Buffer> }>();
  const notes = new Map<string, Expired>();

  function remove(name: string, { slot, fields }: StoredBundle): Removed {
    bundles.delete(name);
    return { fields: fields.size, bundles: new Map([[slot, 1]]) };
  }

  return {
    async insert(bundle) {
      const name = nameFor(bundle);
      const existing = bundles.get(name);
      // As in DynamoDB, the same blob means the same write, repeated.
      if (existing?.wrapped.equals(bundle.wrapped)) return;
      if (existing) throw new DaykeyError('bundle-exists', 'a bundle has this ID already');
      if (itemBytes(bundle) > MAX_ITEM_BYTES) {
        throw new DaykeyError('too-large', `an item is at most ${MAX_ITEM_BYTES} bytes, got ${itemBytes(bundle)}`);
      }
      bundles.set(name, copy(bundle));
    },

    async find(keys) {
      const names = new Set(keys.map(nameFor));
      if (names.size > MAX_FIND) {
        throw new RangeError(`at most ${MAX_FIND} bundles are read at once, got ${names.size}`);
      }
      return [...names]
        .map((name) => bundles.get(name))
        .filter((bundle) => bundle !== undefined)
        .map(copy);
    },

    async expired(shard, nowS, limit) {
      const due = [
        ...[...bundles.values()].map(({ app, tag, id, expiresAtS }) => ({ key: { app, tag, id }, expiresAtS })),
        ...notes.values(),
      ];
      return due
        .filter(({ key, expiresAtS }) => shardIn(key) === shard && expiresAtS <= nowS)
        .sort((a, b) => a.expiresAtS - b.expiresAtS)
        .slice(0, limit);
    },

    async deleteExpired(key, nowS) {
      const name = nameFor(key);
      const note = notes.get(name);
      if (note && note.expiresAtS <= nowS) notes.delete(name);
      const bundle = bundles.get(name);
      return bundle && bundle.expiresAtS <= nowS ? remove(name, bundle) : NOTHING_REMOVED;
    },

    async noteErasure(app, tag, requestedAtS) {
      const key = { app, tag, id: ERASURE_ID };
      notes.set(nameFor(key), { key, expiresAtS: requestedAtS + ERASURE_REPEAT_S });
    },

    async eraseSubject(app, tag, createdBeforeS = Number.MAX_SAFE_INTEGER) {
      const due = [...bundles].filter(
        ([, bundle]) => bundle.app === app && bundle.tag === tag && bundle.createdAtS < createdBeforeS,
      );
      return totalRemoved(due.map(([name, bundle]) => remove(name, bundle)));
    },

    async eraseField(key, index) {
      const bundle = bundles.get(nameFor(key));
      if (!bundle?.fields.delete(index)) return NOTHING_REMOVED;
      const { bundles: gone } = bundle.fields.size === 0 ? remove(nameFor(key), bundle) : NOTHING_REMOVED;
      return { fields: 1, bundles: gone };
    },
  };
}

function shardIn(key: BundleKey): number {
  return expiryShard(key.id === ERASURE_ID ? key.tag : key.id);
}

function nameFor(key: BundleKey): string {
  return `${key.app}#${key.tag}#${key.id}`;
}

function copy({ app, tag, id, slot, expiresAtS, createdAtS, wrapped, fields }: StoredBundle) {
  const copies = new Map([...fields].map(([index, bytes]) => [index, Buffer.from(bytes)]));
  return { app, tag, id, slot, expiresAtS, createdAtS, wrapped: Buffer.from(wrapped), fields: copies };
}

/** As DynamoDB counts, within a few bytes: names, values, and an overhead for numbers and maps. */
function itemBytes(bundle: StoredBundle): number {
  const overhead = 128;
  const fields = [...bundle.fields.values()].reduce((sum, bytes) => sum + bytes.length + 3, 0);
  return overhead + nameFor(bundle).length + bundle.wrapped.length + fields;
}
