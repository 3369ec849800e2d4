// Bundles in memory, with the limits and conditions of DynamoDB. For tests, benches and the testing kit.

import type { BlobAddress } from '../domain/blob-object.ts';
import { DaykeyError } from '../domain/errors.ts';
import {
  type BundleEraser,
  type BundleHeader,
  type BundleKey,
  type BundleReaper,
  type BundleStore,
  countBySlot,
  type Due,
  type DueBlob,
  type DueErasure,
  ERASURE_REPEAT_S,
  MAX_FIND,
  NOTHING_REMOVED,
  type Removed,
  SHARDS,
  type StoredBundle,
  shardOf,
  totalRemoved,
  type WantedFields,
} from '../ports/bundle-store.ts';

/** Most bytes of one DynamoDB item (DynamoDB developer guide, quotas). */
const MAX_ITEM_BYTES = 400 * 1024;

type Bundle = StoredBundle & { readonly fields: Map<number, Buffer> };

/** All three ports on one set of bundles. The store copies what it takes and returns, and shares no bytes. */
export function memoryBundleStore(): BundleStore & BundleReaper & BundleEraser {
  /** Bundles by name, in their shards: a sweep asks for one shard after another. */
  const shards = Array.from({ length: SHARDS }, () => new Map<string, Bundle>());
  const notes = new Map<string, DueErasure | DueBlob>();
  const pointers = new Map<string, Map<string, BundleHeader>>();

  function shardAt(shard: number): Map<string, Bundle> {
    const bundles = shards[shard];
    if (bundles === undefined) throw new RangeError(`a shard is 0 to ${SHARDS - 1}, got ${shard}`);
    return bundles;
  }

  function bundleAt(key: BundleKey): Bundle | undefined {
    return shardAt(shardOf(key.id)).get(nameFor(key));
  }

  function remove(shard: number, name: string): Removed {
    const bundle = shardAt(shard).get(name);
    if (bundle === undefined) return NOTHING_REMOVED;
    shardAt(shard).delete(name);
    const removed = { fields: bundle.fields.size, bundles: [{ pool: bundle.pool, slot: bundle.slot, count: 1 }] };
    const blob = blobOf(bundle);
    return blob ? { ...removed, blobs: [blob] } : removed;
  }

  function erase(key: BundleKey): Removed {
    return remove(shardOf(key.id), nameFor(key));
  }

  function pointed(app: string, subjectTag: string): BundleHeader[] {
    return [...(pointers.get(`${app}#${subjectTag}`)?.values() ?? [])];
  }

  return {
    async insert(bundle) {
      const existing = bundleAt(bundle);
      // As in DynamoDB, the same blob means the same write, repeated.
      if (existing?.wrapped.equals(bundle.wrapped)) return;
      if (existing) throw new DaykeyError('bundle-exists', 'a bundle has this ID already');
      if (itemBytes(bundle) > MAX_ITEM_BYTES) {
        throw new DaykeyError('too-large', `an item is at most ${MAX_ITEM_BYTES} bytes, got ${itemBytes(bundle)}`);
      }
      shardAt(shardOf(bundle.id)).set(nameFor(bundle), copy(bundle));
    },

    async point(subjectTag, { app, pool, slot, createdAtS, expiresAtS, id, blobDays }) {
      const name = `${app}#${subjectTag}`;
      const ofSubject = pointers.get(name) ?? new Map<string, BundleHeader>();
      pointers.set(name, ofSubject.set(id, { app, pool, slot, createdAtS, expiresAtS, id, blobDays }));
    },

    async find(wanted) {
      const asked = new Map<string, WantedFields>();
      for (const each of wanted) {
        const { indexes = [] } = asked.get(nameFor(each)) ?? {};
        asked.set(nameFor(each), { ...each, indexes: new Set([...indexes, ...each.indexes]) });
      }
      if (asked.size > MAX_FIND) {
        throw new RangeError(`at most ${MAX_FIND} bundles are read at once, got ${asked.size}`);
      }
      return [...asked.values()].flatMap((each) => {
        const bundle = bundleAt(each);
        return bundle ? [copy(bundle, each.indexes)] : [];
      });
    },

    async *due(shard, nowS) {
      const rows: Due[] = [];
      for (const [row, bundle] of shardAt(shard)) {
        if (bundle.expiresAtS <= nowS) rows.push(dueBundle(shard, row, bundle));
      }
      for (const note of notes.values()) if (note.shard === shard && note.dueAtS <= nowS) rows.push(note);
      yield rows.sort((one, other) => compare(one.row, other.row));
    },

    async remove({ shard, row }) {
      return notes.delete(row) || remove(shard, row) !== NOTHING_REMOVED;
    },

    async repeatErasure({ app, subjectTag, dueAtS }, _nowS, removeBlobs) {
      const early = pointed(app, subjectTag).filter(({ createdAtS }) => createdAtS < dueAtS - ERASURE_REPEAT_S);
      await removeBlobs(early.map(blobOf).filter((blob) => blob !== undefined));
      return countBySlot(early.flatMap((bundle) => erase(bundle).bundles));
    },

    async noteErasure(app, subjectTag, requestedAtS) {
      const dueAtS = requestedAtS + ERASURE_REPEAT_S;
      const row = `${padded(dueAtS)}#${app}#erase#${subjectTag}`;
      notes.set(row, { kind: 'erasure', shard: shardOf(subjectTag), row, app, subjectTag, dueAtS });
    },

    async noteBlob(blob, dueAtS) {
      const row = `${padded(dueAtS)}#${blob.app}#blob${blob.days}#${blob.id}`;
      notes.set(row, { kind: 'blob', shard: shardOf(blob.id), row, blob, dueAtS });
    },

    async eraseSubject(app, subjectTag) {
      return totalRemoved(pointed(app, subjectTag).map(erase));
    },

    async eraseField(key, index, possessionTag) {
      const bundle = bundleAt(key);
      const stored = bundle?.fields.get(index);
      if (bundle === undefined || !stored?.subarray(0, possessionTag.length).equals(possessionTag)) {
        return NOTHING_REMOVED;
      }
      bundle.fields.delete(index);
      const { bundles: gone, blobs } = bundle.fields.size === 0 ? erase(key) : NOTHING_REMOVED;
      return blobs ? { fields: 1, bundles: gone, blobs } : { fields: 1, bundles: gone };
    },
  };
}

function nameFor({ app, expiresAtS, id }: BundleKey): string {
  return `${padded(expiresAtS)}#${app}#${id}`;
}

/** As long as every other second, so that names sort by time. */
function padded(atS: number): string {
  return String(atS).padStart(10, '0');
}

function compare(one: string, other: string): number {
  return one < other ? -1 : 1;
}

function dueBundle(shard: number, row: string, bundle: Bundle): Due {
  const { app, pool, slot, expiresAtS } = bundle;
  return { kind: 'bundle', shard, row, app, pool, slot, dueAtS: expiresAtS, blob: blobOf(bundle) };
}

function blobOf({ app, id, blobDays }: BundleHeader): BlobAddress | undefined {
  return blobDays === undefined ? undefined : { app, id, days: blobDays };
}

/** @param indexes of the fields to copy. @default all */
function copy(bundle: StoredBundle, indexes: ReadonlySet<number> = new Set(bundle.fields.keys())): Bundle {
  const wanted = [...bundle.fields].filter(([index]) => indexes.has(index));
  const fields = new Map(wanted.map(([index, bytes]) => [index, unpooled(bytes)]));
  return { ...bundle, wrapped: unpooled(bundle.wrapped), fields };
}

/** A copy with its own memory. One of Node's buffer pool would keep 8 KB of the pool as long as it lives. */
function unpooled(bytes: Buffer): Buffer {
  const copied = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copied);
  return copied;
}

/** As DynamoDB counts, within a few bytes: names, values, and an overhead for numbers and maps. */
function itemBytes(bundle: StoredBundle): number {
  const overhead = 128;
  const fields = [...bundle.fields.values()].reduce((sum, bytes) => sum + bytes.length + 3, 0);
  return overhead + nameFor(bundle).length + bundle.wrapped.length + fields;
}
