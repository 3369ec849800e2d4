// Where encrypted blobs are stored. Their bytes go between callers and the store, and never through a function.

import type { BlobUpload } from '../../wire/seal-blob.ts';
import type { BlobAddress } from '../domain/blob-object.ts';

/** Letting callers put blobs there. @throws DaykeyError `unavailable`. */
export interface BlobUploads {
  /**
   * A URL that takes one PUT of exactly `bytes` bytes, within `seconds`, unless the object is there already.
   *
   * @param seconds 1 to 900.
   */
  uploadTo(blob: BlobAddress, bytes: number, seconds: number): Promise<Omit<BlobUpload, 'expiresAt'>>;
}

/** Letting callers get blobs. @throws DaykeyError `unavailable`. */
export interface BlobDownloads {
  /** A URL that gives the object, or ranges of it, for `seconds`. Nothing is looked up: it may not be there. */
  downloadFrom(blob: BlobAddress, seconds: number): Promise<string>;
}

/** Deleting blobs. Each call may be repeated. @throws DaykeyError `unavailable`. */
export interface BlobRemover {
  /** Deletes these objects; those that are not there count as deleted. */
  remove(blobs: readonly BlobAddress[]): Promise<void>;
  /** Deletes every object of an app. */
  removeAll(app: string): Promise<void>;
}
