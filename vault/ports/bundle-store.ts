// Where bundles are stored. Implementations never see plaintext, a DEK or a ref KEK.

/** The address of a bundle. */
export interface BundleKey {
  readonly app: string;
  /** Subject tag in base64url, 11 characters. */
  readonly tag: string;
  /** Bundle ID in base64url, 19 characters. */
  readonly id: string;
}

/** A bundle as stored. It opens only with its refs and KMS. */
export interface StoredBundle extends BundleKey {
  readonly slot: number;
  /** Seconds since 1970; also the table's TTL attribute. */
  readonly expiresAtS: number;
  readonly createdAtS: number;
  /** The inner wraps, wrapped by the app KEK: the blob that KMS returned. */
  readonly wrapped: Buffer;
  /** Sealed fields by index. An erased field is absent. */
  readonly fields: ReadonlyMap<number, Buffer>;
}

/** Most bytes of one bundle, overhead included. DynamoDB takes 400 KB per item. */
export const MAX_BUNDLE_BYTES = 350 * 1024;

/** Most bundles that one call finds (DynamoDB API reference, BatchGetItem). */
export const MAX_FIND = 100;

/** The bundles of the vault. @throws DaykeyError `unavailable` from every method when the store cannot answer. */
export interface BundleStore {
  /** Writes a new bundle. @throws DaykeyError `bundle-exists` rather than overwrite one. */
  insert(bundle: StoredBundle): Promise<void>;
  /** Those of up to {@link MAX_FIND} bundles that exist, expired ones included, in any order. The caller decides about expiry. */
  find(keys: readonly BundleKey[]): Promise<StoredBundle[]>;
}

/** Partitions of the expiry index. Several, so that no single one takes every write. */
export const EXPIRY_SHARDS = 16;

/** The partition, 0 to 15, of a bundle in the expiry index: four random bits of its ID. */
export function expiryShard(id: string): number {
  return Buffer.from(id.slice(0, 2), 'base64url').readUInt8(0) % EXPIRY_SHARDS;
}

/** An entry of the expiry index that has expired: a bundle, or the note of an erasure. */
export interface Expired {
  readonly key: BundleKey;
  readonly expiresAtS: number;
}

/** What was removed: how many fields, and how many bundles of each slot. */
export interface Removed {
  readonly fields: number;
  readonly bundles: ReadonlyMap<number, number>;
}

/** Finding and deleting what has expired, for the sweeper. It can do nothing else. */
export interface BundleReaper {
  /** Up to `limit` entries of one shard that have expired at `nowS`, oldest first. May lag behind writes for a moment. */
  expired(shard: number, nowS: number, limit: number): Promise<Expired[]>;
  /** Deletes the entry if it has expired at `nowS`. May be repeated. */
  deleteExpired(key: BundleKey, nowS: number): Promise<Removed>;
}

/** How long after an erasure the sweeper repeats it, in seconds. Longer than any request: functions time out at 29 s. */
export const ERASURE_REPEAT_S = 60;

/** The note of an erasure has this in the place of a bundle ID. Bundle IDs are longer. */
export const ERASURE_ID = 'erasure';

/** Removing bundles before they expire. Every call may be repeated. */
export interface BundleEraser {
  /** Notes that a tag is being erased, so that the sweeper repeats it {@link ERASURE_REPEAT_S} later. */
  noteErasure(app: string, tag: string, requestedAtS: number): Promise<void>;
  /**
   * Deletes the bundles of a subject tag until none is left.
   *
   * @param createdBeforeS keeps bundles created at that second or later. @default keeps none
   */
  eraseSubject(app: string, tag: string, createdBeforeS?: number): Promise<Removed>;
  /** Removes one field, and its bundle with the last one. */
  eraseField(key: BundleKey, index: number): Promise<Removed>;
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
