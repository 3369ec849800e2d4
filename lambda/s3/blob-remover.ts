// Deletes blobs from the bucket, one by one or all of an app's.

import { parseXML } from '@aws-sdk/xml-builder';
import { blobPrefixes, isBlobObjectKey } from '../../vault/domain/blob-object.ts';
import type { BlobRemover } from '../../vault/ports/blob-store.ts';
import { unavailable } from '../aws/errors.ts';
import { inBatches } from '../aws/in-batches.ts';
import { type Bucket, objectUrl } from './bucket.ts';
import type { Signing } from './presigned-url.ts';
import { sendToS3 } from './send.ts';

const DELETES_AT_ONCE = 16;
const DELETING = 'delete a blob';
const LISTING = 'list blobs';

/** A {@link BlobRemover} on one bucket. Needs `s3:DeleteObject`; `removeAll` also needs `s3:ListBucket`. */
export function s3BlobRemover(signing: Signing, bucket: Bucket): BlobRemover {
  async function removeObjects(urls: readonly URL[]): Promise<void> {
    await inBatches(urls, DELETES_AT_ONCE, removeObject);
  }

  async function removeObject(url: URL): Promise<void> {
    const { status } = await sendToS3(signing, DELETING, { method: 'DELETE', url });
    // S3 answers 204 whether the object was there or not; 404 is the answer for a bucket that is gone.
    if (status !== 204 && status !== 404) throw unavailable(DELETING, `S3 answered ${status}`);
  }

  /** One page of keys, in their order. */
  async function listed(prefix: string, after: string): Promise<string[]> {
    const url = new URL(bucket.url);
    url.searchParams.set('list-type', '2');
    url.searchParams.set('prefix', prefix);
    if (after !== '') url.searchParams.set('start-after', after);
    const { status, body } = await sendToS3(signing, LISTING, { method: 'GET', url });
    if (status === 404) return [];
    if (status !== 200) throw unavailable(LISTING, `S3 answered ${status}`);
    const { ListBucketResult } = parseXML(body.toString('utf8')) as { ListBucketResult?: { Contents?: unknown } };
    return [ListBucketResult?.Contents ?? []].flat().map((each) => String((each as { Key: unknown }).Key));
  }

  return {
    remove: (blobs) => removeObjects(blobs.map((blob) => objectUrl(bucket, blob))),
    async removeAll(app) {
      for (const prefix of blobPrefixes(app)) {
        // Goes forward only: a key that is no blob's stays for the lifecycle rules, and must not be found again and again.
        let after = '';
        for (let keys = await listed(prefix, after); keys.length > 0; keys = await listed(prefix, after)) {
          await removeObjects(keys.filter(isBlobObjectKey).map((key) => new URL(key, bucket.url)));
          after = keys.at(-1) ?? after;
        }
      }
    },
  };
}
