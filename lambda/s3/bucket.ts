// Where the bucket is, and the URL of an object in it.

import { type BlobAddress, blobObjectKey } from '../../vault/domain/blob-object.ts';

/** The bucket of a vault. */
export interface Bucket {
  readonly name: string;
  readonly arn: string;
  /** Base URL, with a slash at the end. */
  readonly url: string;
}

/** @param endpoint of an emulator, which has the bucket in its path. @default S3 in the Region */
export function blobBucket(
  {
    blobBucket: name,
    region,
    dnsSuffix,
    partition,
  }: Record<'blobBucket' | 'region' | 'dnsSuffix' | 'partition', string>,
  endpoint?: string,
): Bucket {
  return { name, arn: `arn:${partition}:s3:::${name}`, url: bucketUrl(name, { region, dnsSuffix }, endpoint) };
}

/** The base URL of a bucket in the vault's Region, with a slash at the end. */
export function bucketUrl(
  name: string,
  { region, dnsSuffix }: Record<'region' | 'dnsSuffix', string>,
  endpoint?: string,
): string {
  return endpoint === undefined ? `https://${name}.s3.${region}.${dnsSuffix}/` : new URL(`${name}/`, endpoint).href;
}

/** The URL of a blob's object, unsigned. */
export function objectUrl({ url }: Bucket, blob: BlobAddress): URL {
  return new URL(blobObjectKey(blob), url);
}
