// Where the bucket is, and the URL of an object in it.

import { type BlobAddress, blobObjectKey } from '../../vault/domain/blob-object.ts';
import { type Environment, emulatorOf } from '../config.ts';

/** The bucket of a vault. */
export interface Bucket {
  readonly name: string;
  readonly arn: string;
  /** Base URL, with a slash at the end. */
  readonly url: string;
}

type Place = Record<'region' | 'dnsSuffix', string>;

/** The bucket of blobs of a vault. */
export function blobBucket(config: Place & Record<'blobBucket' | 'partition', string>, env: Environment): Bucket {
  const { blobBucket: name, partition } = config;
  return { name, arn: `arn:${partition}:s3:::${name}`, url: bucketUrl(name, config, env) };
}

/** The base URL of a bucket in the vault's Region, with a slash at the end. An emulator has the bucket in its path. */
export function bucketUrl(name: string, { region, dnsSuffix }: Place, env: Environment): string {
  const endpoint = emulatorOf('s3', env);
  return endpoint === undefined ? `https://${name}.s3.${region}.${dnsSuffix}/` : new URL(`${name}/`, endpoint).href;
}

/** The URL of a blob's object, unsigned. */
export function objectUrl({ url }: Bucket, blob: BlobAddress): URL {
  return new URL(blobObjectKey(blob), url);
}
