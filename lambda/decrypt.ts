// Entry point of the decrypt function.

import { KMSClient } from '@aws-sdk/client-kms';
import { dynamoAuditLog } from './adapters/dynamo-audit-log.ts';
import { dynamoBundleStore } from './adapters/dynamo-bundle-store.ts';
import { kmsAppKek } from './adapters/kms-app-kek.ts';
import { readConfig } from './config.ts';
import { MAX_ANSWER_BYTES } from './contract/limits.ts';
import { canaryUnwrap, withCanary } from './handlers/canary.ts';
import { decryptAct } from './handlers/decrypt.ts';
import { serve } from './handlers/serve.ts';
import { CLIENT_DEFAULTS, requestParts } from './runtime.ts';

const config = readConfig(process.env, ['stack', 'vaultTable', 'ringTable', 'auditTable', 'auditRetentionDays']);
const parts = requestParts(config);
const appKek = kmsAppKek(new KMSClient(CLIENT_DEFAULTS));
const bundles = dynamoBundleStore(parts.documents, config.vaultTable);
const audit = dynamoAuditLog(parts.documents, config.auditTable, Number(config.auditRetentionDays));
const act = decryptAct({ ...parts, appKek, bundles, audit, maxStoredBytes: MAX_ANSWER_BYTES });

export const handler = withCanary(serve(parts, 'decrypt', act), (event) =>
  canaryUnwrap({ keyRing: parts.keyRing, appKek }, event),
);
