// The adapters of S3 keep their contract on an emulator that other people wrote.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { inject } from 'vitest';
import { s3BlobRemover } from '../../../lambda/s3/blob-remover.ts';
import { s3BlobDownloads, s3BlobUploads } from '../../../lambda/s3/blob-urls.ts';
import { blobBucket } from '../../../lambda/s3/bucket.ts';
import { presignedUrl } from '../../../lambda/s3/presigned-url.ts';
import { blobStoreContract } from '../../support/contracts/blob-store-contract.ts';
import { ACCOUNT_ID, dynamoAs, iamAs } from './emulated.ts';

blobStoreContract('S3', async () => {
  const stsEndpoint = inject('endpoint');
  const name = `blobs-${randomUUID()}`;
  const place = { blobBucket: name, region: 'us-east-1', dnsSuffix: 'amazonaws.com', partition: 'aws' };
  const bucket = blobBucket(place, { AWS_ENDPOINT_URL: stsEndpoint });
  const { config } = dynamoAs();
  const make = await presignedUrl(config, { method: 'PUT', url: new URL(bucket.url) }, 60);
  await fetch(make, { method: 'PUT' });
  const roleArn = await uploadRole(bucket.arn);
  const store = {
    ...s3BlobUploads(config, { bucket, roleArn, stsEndpoint }),
    ...s3BlobDownloads(config, bucket),
    ...s3BlobRemover(config, bucket),
  };
  return { store, pass: (seconds: number) => sleep(seconds * 1000) };
});

/** A role that may put objects into the bucket, as the stack makes it. */
async function uploadRole(bucketArn: string): Promise<string> {
  const iam = iamAs();
  const RoleName = `upload-${randomUUID()}`;
  const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` } };
  const put = { Effect: 'Allow', Action: 's3:PutObject', Resource: `${bucketArn}/*` };
  const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }));
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'put', PolicyDocument: document(put) }));
  return Role?.Arn ?? '';
}
