// Where bundles live. Implementations never see plaintext, a DEK or a ref KEK.

/** The address of a bundle. */
export interface BundleKey {
  readonly app: string;
  /** Subject tag in base64url, 11 characters. */
  readonly tag: string;
  /** Bundle ID in base64url, 19 characters. */
  readonly id: string;
}

/** A bundle as stored: worthless without its refs and KMS. */
export interface StoredBundle extends BundleKey {
  readonly slot: number;
  /** Seconds since 1970; also the table's TTL attribute. */
  readonly expiresAtS: number;
  readonly createdAtS: number;
  /** The inner wraps under the app KEK: what KMS returned. */
  readonly wrapped: Buffer;
  /** Sealed fields by index. An erased field is absent. */
  readonly fields: ReadonlyMap<number, Buffer>;
}

/** Most bytes of one bundle, fields and overhead, under DynamoDB's 400 KB an item. */
export const MAX_BUNDLE_BYTES = 350 * 1024;

/** Most bundles of one look-up (DynamoDB API reference, BatchGetItem). */
export const MAX_FIND = 100;

/** The bundles of the vault. @throws DaykeyError `unavailable` from every method when the store cannot answer. */
export interface BundleStore {
  /** Writes a new bundle. @throws DaykeyError `bundle-exists` rather than overwrite one. */
  insert(bundle: StoredBundle): Promise<void>;
  /** Those of 1 to 100 bundles that exist, expired or not, in no order. Whether they may be read is the caller's decision. */
  find(keys: readonly BundleKey[]): Promise<StoredBundle[]>;
}

/** Over how many partitions the expiry index is spread, so that no one of them takes every write. */
export const EXPIRY_SHARDS = 16;

/** The partition, 0 to 15, of a bundle in the expiry index: four of the random bits of its ID. */
export function expiryShardOf(id: string): number {
  return Buffer.from(id.slice(0, 2), 'base64url').readUInt8(0) % EXPIRY_SHARDS;
}

/** Something whose time has come, as the expiry index knows it: a bundle, or the note of an erasure. */
export interface Expired {
  readonly key: BundleKey;
  readonly expiresAtS: number;
}

/** What left the store: fields, and bundles by the slot they were sealed in. */
export interface Removed {
  readonly fields: number;
  readonly bundles: ReadonlyMap<number, number>;
}

/** What the sweeper does: finds and deletes what has expired, and can do nothing else. */
export interface BundleReaper {
  /** Up to `limit` entries of one shard that have expired at `nowS`, the oldest expiry first. May lag a moment behind writes. */
  expired(shard: number, nowS: number, limit: number): Promise<Expired[]>;
  /** Deletes the entry if it has expired at `nowS`. Repeated, it removes nothing. */
  deleteExpired(key: BundleKey, nowS: number): Promise<Removed>;
}

/** How long after an erasure the sweeper repeats it, in seconds: no request outlives it (functions time out at 29 s). */
export const ERASURE_REPEAT_S = 60;

/** The bundle ID that the note of an erasure has; no bundle's is so short. */
export const ERASURE_ID = 'erasure';

/** What erasure does, before any expiry. Each call may be repeated: it then finds nothing left to remove. */
export interface BundleEraser {
  /** Notes that a tag is being erased, so that the sweeper does it once more {@link ERASURE_REPEAT_S} later. */
  noteErasure(app: string, tag: string, requestedAtS: number): Promise<void>;
  /**
   * Deletes every bundle of a subject tag and looks again until there is none.
   *
   * @param createdBeforeS leaves bundles created at that second or later. Default: leaves none.
   */
  eraseSubject(app: string, tag: string, createdBeforeS?: number): Promise<Removed>;
  /** Removes one field, and its bundle with the last one. */
  eraseField(key: BundleKey, index: number): Promise<Removed>;
}

/** Nothing was there to remove. */
export const NOTHING_REMOVED: Removed = { fields: 0, bundles: new Map() };

/** All of it together. */
export function sumOf(parts: readonly Removed[]): Removed {
  const bundles = new Map<number, number>();
  let fields = 0;
  for (const part of parts) {
    fields += part.fields;
    for (const [slot, count] of part.bundles) bundles.set(slot, (bundles.get(slot) ?? 0) + count);
  }
  return { fields, bundles };
}
