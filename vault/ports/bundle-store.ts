// Where bundles are stored. Implementations never see plaintext, a DEK or a ref KEK.

import { MAX_BUNDLES } from '../../wire/limits.ts';

/** The address of a bundle: app and ref ID. */
export interface BundleKey {
  readonly app: string;
  /** Seconds since 1970; also the table's TTL attribute. */
  readonly expiresAtS: number;
  /** Bundle ID in base64url, 20 characters. */
  readonly id: string;
}

/** A bundle as stored. It opens only with its refs and KMS. */
export interface StoredBundle extends BundleKey {
  readonly slot: number;
  readonly createdAtS: number;
  /** Tag of the subject in base64url, 22 characters; absent when the request named none. */
  readonly subjectTag?: string | undefined;
  /** The inner wraps under the app KEK: what KMS returned. */
  readonly wrapped: Buffer;
  /** Sealed fields by index. An erased field is absent. */
  readonly fields: ReadonlyMap<number, Buffer>;
}

/** Most bytes of one bundle, overhead included. DynamoDB takes 400 KB per item. */
export const MAX_BUNDLE_BYTES = 350 * 1024;

/** Most bundles that one call finds (DynamoDB API reference, BatchGetItem). */
export const MAX_FIND = MAX_BUNDLES;

/** The bundles of the vault. @throws DaykeyError `unavailable` from every method when the store cannot answer. */
export interface BundleStore {
  /** Writes a new bundle. @throws DaykeyError `bundle-exists` rather than overwrite one. */
  insert(bundle: StoredBundle): Promise<void>;
  /** Those of up to {@link MAX_FIND} bundles that exist, expired ones included, in any order. The caller decides about expiry. */
  find(keys: readonly BundleKey[]): Promise<StoredBundle[]>;
}

/** Number of partitions that bundles are spread over. A constant of the format: changing it hides what is stored. */
export const SHARDS = 64;

/** The partition, 0 to 63, of a bundle: six random bits of its ID, or of a subject's tag. */
export function shardOf(id: string): number {
  return Buffer.from(id.slice(0, 2), 'base64url').readUInt8(0) % SHARDS;
}

/** Something that is due for the sweeper: a bundle, at its expiry, or the erasure of a subject, to be repeated. */
export type Expired =
  | { readonly kind: 'bundle'; readonly app: string; readonly dueAtS: number; readonly id: string }
  | { readonly kind: 'erasure'; readonly app: string; readonly dueAtS: number; readonly subjectTag: string };

/** What was removed: how many fields, and how many bundles of each slot. */
export interface Removed {
  readonly fields: number;
  readonly bundles: ReadonlyMap<number, number>;
}

/** Finding and deleting what has expired, for the sweeper. It can do nothing else. */
export interface BundleReaper {
  /** Up to `limit` entries of one shard that have expired at `nowS`, oldest first. May lag behind writes for a moment. */
  expired(shard: number, nowS: number, limit: number): Promise<Expired[]>;
  /** Deletes the entry if it is due at `nowS`. Repeated, it removes nothing. */
  deleteExpired(entry: Expired, nowS: number): Promise<Removed>;
}

/** How long after an erasure the sweeper repeats it, in seconds. Longer than any request: functions time out at 29 s. */
export const ERASURE_REPEAT_S = 60;

/** What erasure does, before any expiry. Each call may be repeated: it then finds nothing left to remove. */
export interface BundleEraser {
  /** Notes that a subject is being erased, so that the sweeper repeats it {@link ERASURE_REPEAT_S} later. */
  noteErasure(app: string, subjectTag: string, requestedAtS: number): Promise<void>;
  /**
   * Deletes the bundles of a subject tag that were answered before this call.
   *
   * @param createdBeforeS keeps bundles created at that second or later. @default keeps none
   */
  eraseSubject(app: string, subjectTag: string, createdBeforeS?: number): Promise<Removed>;
  /**
   * Removes one field, and its bundle with the last one, if its stored possession tag is this one. Decides and removes
   * in one step, without a read: a caller without the ref removes nothing and learns nothing.
   */
  eraseField(key: BundleKey, index: number, possessionTag: Buffer): Promise<Removed>;
}

/** Nothing was removed. */
export const NOTHING_REMOVED: Removed = { fields: 0, bundles: new Map() };

/** The sum of several removals. */
export function totalRemoved(parts: readonly Removed[]): Removed {
  const bundles = new Map<number, number>();
  let fields = 0;
  for (const part of parts) {
    fields += part.fields;
    for (const [slot, count] of part.bundles) bundles.set(slot, (bundles.get(slot) ?? 0) + count);
  }
  return { fields, bundles };
}
