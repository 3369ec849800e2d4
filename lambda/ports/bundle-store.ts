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
