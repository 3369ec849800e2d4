// Entry point of the decrypt function: decrypt, outgoing and open-blob.

import { answerConsole, type ConsoleReply } from '../vault/operations/console/decrypt-side.ts';
import { decryptFunction } from '../vault/operations/decrypt-function.ts';
import { withAppHalves } from '../vault/usecases/app-halves.ts';
import { notingTokenUse } from '../vault/usecases/identity/note-token-use.ts';
import { type CanaryEvent, type CanaryResult, canaryUnwrap } from '../vault/usecases/keys/canary.ts';
import { MAX_ANSWER_BYTES } from '../wire/limits.ts';
import { warmUpOpening } from './aws/warm-up.ts';
import { readConsoleConfig, readRequestConfig } from './config.ts';
import { dynamoAppViewers } from './dynamo/app-viewers.ts';
import { dynamoApprovalTaker } from './dynamo/approvals.ts';
import { dynamoAuditLog } from './dynamo/audit-log.ts';
import { dynamoBundleStore } from './dynamo/bundle-store.ts';
import { dynamoRevealLimit } from './dynamo/console-sessions.ts';
import { dynamoTokenUses } from './dynamo/token-uses.ts';
import { serve } from './gateway/serve.ts';
import { kmsAppKek } from './kms/app-kek.ts';
import { kmsClient } from './kms/kms-client.ts';
import { entryLogging, requestParts } from './runtime.ts';
import { s3BlobDownloads } from './s3/blob-urls.ts';
import { blobBucket } from './s3/bucket.ts';

const config = readRequestConfig(
  process.env,
  'secretTable',
  'vaultTable',
  'auditTable',
  'auditRetentionDays',
  'partition',
  'blobBucket',
);
const parts = requestParts(config);
const kms = kmsClient();
const kek = kmsAppKek(kms);
const appKek = withAppHalves(kek);
const bundles = dynamoBundleStore(parts.documents, config.vaultTable);
const retentionDays = Number(config.auditRetentionDays);
const audit = dynamoAuditLog(parts.documents, config.auditTable, retentionDays);
const uses = dynamoTokenUses(parts.documents, config.auditTable, retentionDays);
const identity = notingTokenUse(parts.identity, uses, parts.clock);
warmUpOpening(parts.documents, kms);
const blobDownloads = s3BlobDownloads(parts.documents.config, blobBucket(config, process.env));
const consoleConfig = readConsoleConfig(process.env);
const entryLog = entryLogging(process.env, parts.documents, kms);
const stores = { bundles, audit, blobDownloads };
const deps = { ...parts, ...stores, appKek, entryLog, maxStoredBytes: MAX_ANSWER_BYTES };

export const handler = serve<CanaryResult | ConsoleReply>({ ...parts, identity }, decryptFunction(deps), {
  canary: (event) => canaryUnwrap({ keyRing: parts.keyRing, appKek: kek }, event as CanaryEvent),
  console: consoleConfig && revealing(consoleConfig.consoleTable),
});

/** Answers the Console. In a vault without one there is no such alias, and nothing here is made. */
function revealing(consoleTable: string) {
  const consoleDeps = {
    ...deps,
    revealLimit: dynamoRevealLimit(parts.documents, consoleTable),
    approvals: dynamoApprovalTaker(parts.documents, consoleTable),
    viewers: dynamoAppViewers(parts.documents, config.ringTable),
  };
  return (event: unknown, requestId: string) => answerConsole(consoleDeps, event, requestId);
}
