// Bundles in memory, with the limits and conditions of DynamoDB. For tests, benches and the testing kit.

import { DaykeyError } from '../domain/errors.ts';
import {
  type BundleEraser,
  type BundleKey,
  type BundleReaper,
  type BundleStore,
  ERASURE_REPEAT_S,
  type Expired,
  MAX_FIND,
  NOTHING_REMOVED,
  type Removed,
  type StoredBundle,
  shardOf,
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
      const due: Expired[] = [...bundles.values()].map(({ app, expiresAtS, id }) => {
        return { kind: 'bundle', app, dueAtS: expiresAtS, id };
      });
      return [...due, ...notes.values()]
        .filter((entry) => shardOf(entry.kind === 'bundle' ? entry.id : entry.subjectTag) === shard)
        .filter(({ dueAtS }) => dueAtS <= nowS)
        .sort((a, b) => a.dueAtS - b.dueAtS)
        .slice(0, limit);
    },

    async deleteExpired(entry, nowS) {
      if (entry.kind === 'erasure') {
        const name = noteName(entry.app, entry.subjectTag);
        if ((notes.get(name)?.dueAtS ?? Number.POSITIVE_INFINITY) <= nowS) notes.delete(name);
        return NOTHING_REMOVED;
      }
      const name = nameFor({ app: entry.app, expiresAtS: entry.dueAtS, id: entry.id });
      const bundle = bundles.get(name);
      return bundle && bundle.expiresAtS <= nowS ? remove(name, bundle) : NOTHING_REMOVED;
    },

    async noteErasure(app, subjectTag, requestedAtS) {
      const dueAtS = requestedAtS + ERASURE_REPEAT_S;
      notes.set(noteName(app, subjectTag), { kind: 'erasure', app, dueAtS, subjectTag });
    },

    async eraseSubject(app, subjectTag, createdBeforeS = Number.MAX_SAFE_INTEGER) {
      const due = [...bundles].filter(
        ([, bundle]) => bundle.app === app && bundle.subjectTag === subjectTag && bundle.createdAtS < createdBeforeS,
      );
      return totalRemoved(due.map(([name, bundle]) => remove(name, bundle)));
    },

    async eraseField(key, index, possessionTag) {
      const bundle = bundles.get(nameFor(key));
      const stored = bundle?.fields.get(index);
      if (bundle === undefined || !stored?.subarray(0, possessionTag.length).equals(possessionTag)) {
        return NOTHING_REMOVED;
      }
      bundle.fields.delete(index);
      const { bundles: gone } = bundle.fields.size === 0 ? remove(nameFor(key), bundle) : NOTHING_REMOVED;
      return { fields: 1, bundles: gone };
    },
  };
}

function nameFor({ app, expiresAtS, id }: BundleKey): string {
  return `${expiresAtS}#${app}#${id}`;
}

function noteName(app: string, subjectTag: string): string {
  return `${app}#${subjectTag}`;
}

function copy(bundle: StoredBundle) {
  const fields = new Map([...bundle.fields].map(([index, bytes]) => [index, Buffer.from(bytes)]));
  return { ...bundle, wrapped: Buffer.from(bundle.wrapped), fields };
}

/** As DynamoDB counts, within a few bytes: names, values, and an overhead for numbers and maps. */
function itemBytes(bundle: StoredBundle): number {
  const overhead = 128;
  const fields = [...bundle.fields.values()].reduce((sum, bytes) => sum + bytes.length + 3, 0);
  return overhead + nameFor(bundle).length + bundle.wrapped.length + fields;
}
