// URLs that take or give one blob each.

import { type BlobAddress, blobObjectKey } from '../../vault/domain/blob-object.ts';
import type { BlobDownloads, BlobUploads } from '../../vault/ports/blob-store.ts';
import { BLOB_UPLOAD_SECONDS } from '../../wire/limits.ts';
import { PATIENCE } from '../aws/client-defaults.ts';
import { translating, unavailable } from '../aws/errors.ts';
import { type ClientConfig, signedPost } from '../aws/signed-post.ts';
import { parsedXml, textAt } from '../aws/xml.ts';
import { type Bucket, objectUrl } from './bucket.ts';
import { type Credentials, presignedUrl, type Signing } from './presigned-url.ts';

export interface UploadOptions {
  readonly bucket: Bucket;
  /** ARN of the role that may put objects. */
  readonly roleArn: string;
  /** Base URL of STS. */
  readonly stsEndpoint: string;
}

const ASKING = 'get a session for an upload';

/** {@link BlobDownloads} from one bucket. Needs `s3:GetObject`, and `s3:ListBucket` for a 404 in the place of a 403. */
export function s3BlobDownloads(signing: Signing, bucket: Bucket): BlobDownloads {
  return {
    downloadFrom: (blob, seconds) => presignedUrl(signing, { method: 'GET', url: objectUrl(bucket, blob) }, seconds),
  };
}

/**
 * {@link BlobUploads} to one bucket, signed with a session of a role that may put this one object and nothing else. Needs
 * `sts:AssumeRole` on the role.
 */
export function s3BlobUploads(config: ClientConfig, { bucket, roleArn, stsEndpoint }: UploadOptions): BlobUploads {
  const ask = signedPost(config, { name: 'sts', endpoint: stsEndpoint, timeoutMs: PATIENCE.stsTimeoutMs });

  async function sessionFor(blob: BlobAddress): Promise<Credentials> {
    const policy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:PutObject', Resource: `${bucket.arn}/${blobObjectKey(blob)}` }],
    };
    const body = new URLSearchParams({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: roleArn,
      RoleSessionName: 'seal-blob',
      // A URL ends with the credentials that signed it, so they have to last as long as any URL.
      DurationSeconds: String(BLOB_UPLOAD_SECONDS),
      Policy: JSON.stringify(policy),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const { status, text } = await translating(ASKING, {}, () => ask('/', headers, body.toString()));
    const session = status === 200 ? credentialsIn(text) : undefined;
    if (session === undefined) throw unavailable(ASKING, `STS answered ${status}`);
    return session;
  }

  return {
    async uploadTo(blob, bytes, seconds) {
      const headers = { 'content-length': String(bytes), 'if-none-match': '*' };
      const credentials = await sessionFor(blob);
      const request = { method: 'PUT', url: objectUrl(bucket, blob), headers } as const;
      return {
        url: await presignedUrl({ region: config.region, credentials: async () => credentials }, request, seconds),
        headers,
      };
    },
  };
}

function credentialsIn(xml: string): Credentials | undefined {
  const root = parsedXml(xml);
  const [accessKeyId, secretAccessKey, sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map((name) =>
    textAt(root, 'AssumeRoleResponse', 'AssumeRoleResult', 'Credentials', name),
  );
  const areThere = accessKeyId !== undefined && secretAccessKey !== undefined && sessionToken !== undefined;
  return areThere ? { accessKeyId, secretAccessKey, sessionToken } : undefined;
}
