// Entry point of the decrypt function: decrypt, outgoing and open-blob.

import { decryptFunction } from '../vault/operations/decrypt-function.ts';
import { notingTokenUse } from '../vault/usecases/identity/note-token-use.ts';
import { canaryUnwrap } from '../vault/usecases/keys/canary.ts';
import { MAX_ANSWER_BYTES } from '../wire/limits.ts';
import { warmUpOpening } from './aws/warm-up.ts';
import { readRequestConfig, s3Endpoint } from './config.ts';
import { dynamoAuditLog } from './dynamo/audit-log.ts';
import { dynamoBundleStore } from './dynamo/bundle-store.ts';
import { dynamoTokenUses } from './dynamo/token-uses.ts';
import { withCanary } from './gateway/canary.ts';
import { serve } from './gateway/serve.ts';
import { kmsAppKek } from './kms/app-kek.ts';
import { kmsClient } from './kms/kms-client.ts';
import { requestParts } from './runtime.ts';
import { s3BlobDownloads } from './s3/blob-downloads.ts';
import { blobBucket } from './s3/bucket.ts';

const config = readRequestConfig(
  process.env,
  'vaultTable',
  'auditTable',
  'auditRetentionDays',
  'partition',
  'blobBucket',
);
const parts = requestParts(config);
const kms = kmsClient();
const appKek = kmsAppKek(kms);
const bundles = dynamoBundleStore(parts.documents, config.vaultTable);
const retentionDays = Number(config.auditRetentionDays);
const audit = dynamoAuditLog(parts.documents, config.auditTable, retentionDays);
const uses = dynamoTokenUses(parts.documents, config.auditTable, retentionDays);
const identity = notingTokenUse(parts.identity, uses, parts.clock);
warmUpOpening(parts.documents, kms);
const blobDownloads = s3BlobDownloads(parts.documents.config, blobBucket(config, s3Endpoint(process.env)));
const stores = { bundles, audit, blobDownloads };
const handlers = decryptFunction({ ...parts, ...stores, appKek, maxStoredBytes: MAX_ANSWER_BYTES });

export const handler = withCanary(serve({ ...parts, identity }, handlers), (event) =>
  canaryUnwrap({ keyRing: parts.keyRing, appKek }, event),
);
