// Open a blob: a decrypt of its key, then a URL from which the caller gets the encrypted blob.

import { BLOB_DOWNLOAD_SECONDS } from '../../wire/limits.ts';
import type { Caller } from '../domain/trust.ts';
import type { BlobDownloads } from '../ports/blob-store.ts';
import { secondsOf } from '../ports/clock.ts';
import { type DecryptDeps, decrypt } from './decrypt.ts';
import type { Opened } from './open-bundles.ts';

export interface OpenBlobDeps extends DecryptDeps {
  blobDownloads: BlobDownloads;
}

/** A field, and where its blob is. */
export type LocatedBlob =
  | Exclude<Opened, { status: 'blob' }>
  | (Extract<Opened, { status: 'blob' }> & { readonly url: string; readonly urlUntilS: number });

/** Opens the ref of a blob. @throws DaykeyError as {@link decrypt} does. */
export async function openBlob(deps: OpenBlobDeps, caller: Omit<Caller, 'trust'>, ref: string): Promise<LocatedBlob> {
  const opened = await decrypt(deps, caller, new Map([['ref', ref]]), 'open-blob');
  const field = opened.get('ref');
  if (field === undefined) throw new Error('the ref was neither opened nor redacted');
  return await locateBlob(deps, field);
}

/** Adds where its blob is to the key of a blob. */
export async function locateBlob(
  { clock, blobDownloads }: Pick<OpenBlobDeps, 'clock' | 'blobDownloads'>,
  field: Opened,
): Promise<LocatedBlob> {
  if (field.status !== 'blob') return field;
  const nowS = secondsOf(clock());
  const urlUntilS = Math.min(field.expiresAtS, nowS + BLOB_DOWNLOAD_SECONDS);
  if (urlUntilS <= nowS) return { status: 'redacted', reason: 'expired' };
  const url = await blobDownloads.downloadFrom(field.blob.address, urlUntilS - nowS);
  return { ...field, url, urlUntilS };
}
