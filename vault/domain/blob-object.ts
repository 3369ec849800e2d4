// The object that holds an encrypted blob: what it is called, and when the bucket deletes it at the latest.

import { BLOB_UPLOAD_SECONDS } from '../../wire/limits.ts';

/** The address of a blob in the store. Known from its bundle, without opening anything. */
export interface BlobAddress {
  readonly app: string;
  /** ID of the bundle that holds the blob's key, 20 characters. */
  readonly id: string;
  /** Days after which the bucket deletes the object if nothing else has: 1 to {@link MAX_BLOB_DAYS}. */
  readonly days: number;
}

/** The longest life and the time to upload, in whole days. */
export const MAX_BLOB_DAYS = 8;

const DAY_S = 24 * 3600;
const OBJECT_KEY = /^d[1-8]\/[^/]+\/[A-Za-z0-9_-]{20}$/;

/** The days of a blob that is sealed at `createdAtS`. An upload may end as late as its URL. */
export function blobDays(createdAtS: number, expiresAtS: number): number {
  return Math.ceil((expiresAtS - createdAtS + BLOB_UPLOAD_SECONDS) / DAY_S);
}

/** Whether this is a number of days that a blob can have. */
export function isBlobDays(days: unknown): days is number {
  return typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= MAX_BLOB_DAYS;
}

/** The key of the object. It begins with the days, because the bucket's lifecycle rules go by how a key begins. */
export function blobObjectKey({ app, id, days }: BlobAddress): string {
  return `${blobPrefix(app, days)}${id}`;
}

/** What the keys of an app's objects begin with, for each number of days. */
export function blobPrefixes(app: string): string[] {
  return Array.from({ length: MAX_BLOB_DAYS }, (_, day) => blobPrefix(app, day + 1));
}

/** Whether this is the key of a blob's object. A vault puts no other, but any principal that may put objects can. */
export function isBlobObjectKey(key: string): boolean {
  return OBJECT_KEY.test(key);
}

function blobPrefix(app: string, days: number): string {
  return `d${days}/${app}/`;
}
