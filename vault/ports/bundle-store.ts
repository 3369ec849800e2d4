// Where bundles are stored. Implementations never see plaintext, a DEK or a ref KEK.

import { MAX_BUNDLES } from '../../wire/limits.ts';
import type { BlobAddress } from '../domain/blob-object.ts';
import type { KeyPool } from '../domain/kek-life/holder.ts';

/** The address of a bundle. */
export interface BundleKey {
  readonly app: string;
  /** Seconds since 1970; also the table's TTL attribute. */
  readonly expiresAtS: number;
  /** Bundle ID in base64url, 20 characters. */
  readonly id: string;
}

/** What is known of a bundle before its keys are wrapped. */
export interface BundleHeader extends BundleKey {
  /** Whose app KEK wraps it: the app's own, or that of a pool. */
  readonly pool: KeyPool;
  readonly slot: number;
  readonly createdAtS: number;
  /** Set where the only field is the key of a blob: the days of its {@link BlobAddress}, 1 to 8. */
  readonly blobDays?: number | undefined;
}

/** A bundle as stored. It opens only with its refs and KMS. */
export interface StoredBundle extends BundleHeader {
  /** The inner wraps under the app KEK: what KMS returned. */
  readonly wrapped: Buffer;
  /** Sealed fields by index. An erased field is absent. */
  readonly fields: ReadonlyMap<number, Buffer>;
}

/** A bundle to read, and the indexes of its fields that are asked for. */
export interface WantedFields extends BundleKey {
  readonly indexes: ReadonlySet<number>;
}

/** Most bytes of one bundle, overhead included. DynamoDB takes 400 KB per item. */
export const MAX_BUNDLE_BYTES = 350 * 1024;

/** Most bundles that one call finds (DynamoDB API reference, BatchGetItem). */
export const MAX_FIND = MAX_BUNDLES;

/** The bundles of the vault. @throws DaykeyError `unavailable` from every method when the store cannot answer. */
export interface BundleStore {
  /** Writes a new bundle. @throws DaykeyError `bundle-exists` rather than overwrite one. */
  insert(bundle: StoredBundle): Promise<void>;
  /**
   * Writes a pointer from a subject to a bundle, so that an erasure finds it. The bundle may come later, or never: a
   * pointer without a bundle is harmless.
   */
  point(subjectTag: string, bundle: BundleHeader): Promise<void>;
  /**
   * Those of up to {@link MAX_FIND} bundles that exist, each once, in any order, with those of the wanted fields that
   * they have. Expired ones are included: the caller decides about expiry.
   */
  find(wanted: readonly WantedFields[]): Promise<StoredBundle[]>;
}

/** Number of partitions that bundles are spread over. A constant of the format: changing it hides what is stored. */
export const SHARDS = 64;

/** The partition, 0 to 63, of a bundle: six random bits of its ID, or of a subject's tag. */
export function shardOf(id: string): number {
  return Buffer.from(id.slice(0, 2), 'base64url').readUInt8(0) % SHARDS;
}

/** A row of a shard that is due at `dueAtS` or, without a second that can be read, sorts before what is not due. */
interface DueRow {
  readonly shard: number;
  /** The store's own name of the row. */
  readonly row: string;
  readonly dueAtS: number | undefined;
}

/** A bundle, due at its expiry. */
export interface DueBundle extends DueRow {
  readonly kind: 'bundle';
  readonly app: string;
  readonly pool: KeyPool;
  readonly slot: number;
  /** The blob whose key it holds. */
  readonly blob?: BlobAddress | undefined;
}

/** A blob to be deleted once more: an upload may have ended after its bundle was erased. */
export interface DueBlob extends DueRow {
  readonly kind: 'blob';
  readonly blob: BlobAddress;
  readonly dueAtS: number;
}

/** The erasure of a subject, due to be repeated. */
export interface DueErasure extends DueRow {
  readonly kind: 'erasure';
  readonly app: string;
  readonly subjectTag: string;
  readonly dueAtS: number;
}

/** A row that no vault has written. */
export interface UnreadableRow extends DueRow {
  readonly kind: 'unreadable';
}

export type Due = DueBundle | DueBlob | DueErasure | UnreadableRow;

/** How many bundles of one slot were removed. */
export interface RemovedFrom {
  readonly pool: KeyPool;
  readonly slot: number;
  readonly count: number;
}

/** One for each slot of which bundles were removed. */
export type RemovedBundles = readonly RemovedFrom[];

/** Finding and deleting what is due. It reads no wrapped key and no field. */
export interface BundleReaper {
  /**
   * Every row of one shard that is due at `nowS`, in pages, earliest first. Strongly consistent; it goes forward only,
   * so it gives each row once, whether or not the caller deletes it.
   */
  due(shard: number, nowS: number): AsyncIterable<readonly Due[]>;
  /** Deletes a row that is due. Whether it was still there: of many sweepers one at most is answered `true`. */
  remove(due: Due): Promise<boolean>;
  /**
   * Erases the bundles that the subject had when the erasure was asked for. May be repeated.
   *
   * @param removeBlobs is called with the blobs of some bundles before these are deleted.
   */
  repeatErasure(
    due: DueErasure,
    nowS: number,
    removeBlobs: (blobs: readonly BlobAddress[]) => Promise<void>,
  ): Promise<RemovedBundles>;
}

/** How long after an erasure the sweeper repeats it, in seconds. Longer than any request: functions time out at 29 s. */
export const ERASURE_REPEAT_S = 60;

/** What was removed: how many fields, and how many bundles of each slot. */
export interface Removed {
  readonly fields: number;
  readonly bundles: RemovedBundles;
  /** Blobs whose keys were removed now or before: the caller deletes them. Absent: none. */
  readonly blobs?: readonly BlobAddress[] | undefined;
}

/** What erasure does, before any expiry. Each call may be repeated: it then finds nothing left to remove. */
export interface BundleEraser {
  /** Notes that a subject is being erased, so that the sweeper repeats it {@link ERASURE_REPEAT_S} later. */
  noteErasure(app: string, subjectTag: string, requestedAtS: number): Promise<void>;
  /** Notes that a blob was erased, so that the sweeper deletes it once more at `dueAtS`. */
  noteBlob(blob: BlobAddress, dueAtS: number): Promise<void>;
  /**
   * Deletes the bundles that pointers of a subject name and that have not been expired for an hour at `nowS`. A bundle is counted
   * once at most, and not at all where the answer to its deletion got lost.
   */
  eraseSubject(app: string, subjectTag: string, nowS: number): Promise<Removed>;
  /**
   * Removes one field, and its bundle with the last one, if its stored possession tag is this one. Decides and removes
   * in one step, without a read: a caller who does not hold the ref removes nothing and learns nothing.
   */
  eraseField(key: BundleKey, index: number, possessionTag: Buffer): Promise<Removed>;
}

/** Nothing was removed. */
export const NOTHING_REMOVED: Removed = { fields: 0, bundles: [] };

/** The sum of several removals. */
export function totalRemoved(parts: readonly Removed[]): Removed {
  const fields = parts.reduce((sum, part) => sum + part.fields, 0);
  const blobs = parts.flatMap((part) => part.blobs ?? []);
  const bundles = countBySlot(parts.flatMap((part) => part.bundles));
  return blobs.length > 0 ? { fields, bundles, blobs } : { fields, bundles };
}

/** The sums of counts, one for each slot. */
export function countBySlot(counts: Iterable<RemovedFrom>): RemovedBundles {
  const bySlot = new Map<string, RemovedFrom>();
  for (const { pool, slot, count } of counts) {
    const name = `${pool}#${slot}`;
    bySlot.set(name, { pool, slot, count: count + (bySlot.get(name)?.count ?? 0) });
  }
  return [...bySlot.values()];
}
