// Entry point of the encrypt function: encrypt, incoming, explain and seal-blob.

import { encryptFunction } from '../vault/operations/encrypt-function.ts';
import { withAppHalves } from '../vault/usecases/app-halves.ts';
import { type CanaryEvent, canaryWrap } from '../vault/usecases/keys/canary.ts';
import { warmUpSealing } from './aws/warm-up.ts';
import { readRequestConfig } from './config.ts';
import { dynamoBundleStore } from './dynamo/bundle-store.ts';
import { serve } from './gateway/serve.ts';
import { kmsAppKek } from './kms/app-kek.ts';
import { kmsClient } from './kms/kms-client.ts';
import { entryLogging, requestParts } from './runtime.ts';
import { s3BlobUploads } from './s3/blob-urls.ts';
import { blobBucket } from './s3/bucket.ts';

const config = readRequestConfig(process.env, 'secretTable', 'vaultTable', 'partition', 'blobBucket', 'uploadRoleArn');
const parts = requestParts(config);
const kms = kmsClient();
const kek = kmsAppKek(kms);
const appKek = withAppHalves(kek);
const bundles = dynamoBundleStore(parts.documents, config.vaultTable);
const entryLog = entryLogging(process.env, parts.documents, kms);
warmUpSealing(parts.documents, kms);
const blobUploads = s3BlobUploads(parts.documents.config, {
  bucket: blobBucket(config, process.env),
  roleArn: config.uploadRoleArn,
  stsEndpoint: config.stsEndpoint,
});

export const handler = serve(parts, encryptFunction({ ...parts, appKek, bundles, blobUploads, entryLog }), {
  canary: (event) => canaryWrap({ keyRing: parts.keyRing, appKek: kek }, event as CanaryEvent),
});
