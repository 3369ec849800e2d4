// URLs that give one blob each, signed with the credentials of the function.

import type { BlobDownloads } from '../../vault/ports/blob-store.ts';
import { type Bucket, objectUrl } from './bucket.ts';
import { presignedUrl, type Signing } from './presigned-url.ts';

/** {@link BlobDownloads} from one bucket. Needs `s3:GetObject`, and `s3:ListBucket` for a 404 in the place of a 403. */
export function s3BlobDownloads(signing: Signing, bucket: Bucket): BlobDownloads {
  return {
    downloadFrom: (blob, seconds) => presignedUrl(signing, { method: 'GET', url: objectUrl(bucket, blob) }, seconds),
  };
}
