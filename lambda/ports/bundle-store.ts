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

/** What the sweeper does: finds and deletes what has expired, and can do nothing else. */
export interface BundleReaper {
  /** Up to `limit` bundles of one shard that have expired at `nowS`, the oldest expiry first. May lag a moment behind writes. */
  expired(shard: number, nowS: number, limit: number): Promise<BundleKey[]>;
  /** Deletes the bundle if it has expired at `nowS`; whether this call did. */
  deleteExpired(key: BundleKey, nowS: number): Promise<boolean>;
}

/** What erasure does, before any expiry. Each call may be repeated: it then finds nothing left to remove. */
export interface BundleEraser {
  /** Deletes every bundle of a subject tag; how many fields went with them. */
  eraseSubject(app: string, tag: string): Promise<number>;
  /** Removes one field, and its bundle with the last one; whether this call did. */
  eraseField(key: BundleKey, index: number): Promise<boolean>;
}
