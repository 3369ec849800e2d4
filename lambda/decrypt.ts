// Entry point of the decrypt function: decrypt and outgoing.

import { KMSClient } from '@aws-sdk/client-kms';
import { dynamoAuditLog } from './adapters/dynamo-audit-log.ts';
import { dynamoBundleStore } from './adapters/dynamo-bundle-store.ts';
import { dynamoTokenUses } from './adapters/dynamo-token-uses.ts';
import { kmsAppKek } from './adapters/kms-app-kek.ts';
import { readRequestConfig } from './config.ts';
import { MAX_ANSWER_BYTES } from './contract/limits.ts';
import { canaryUnwrap, withCanary } from './handlers/canary.ts';
import { decryptAct } from './handlers/decrypt.ts';
import { outgoingAct } from './handlers/outgoing.ts';
import { serve } from './handlers/serve.ts';
import { CLIENT_DEFAULTS, requestParts } from './runtime.ts';
import { notingTokenUse } from './usecases/note-token-use.ts';

const config = readRequestConfig(process.env, 'vaultTable', 'auditTable', 'auditRetentionDays');
const parts = requestParts(config);
const appKek = kmsAppKek(new KMSClient(CLIENT_DEFAULTS));
const bundles = dynamoBundleStore(parts.documents, config.vaultTable);
const retentionDays = Number(config.auditRetentionDays);
const audit = dynamoAuditLog(parts.documents, config.auditTable, retentionDays);
const uses = dynamoTokenUses(parts.documents, config.auditTable, retentionDays);
const identity = notingTokenUse(parts.identity, uses, parts.clock);
const deps = { ...parts, appKek, bundles, audit, maxStoredBytes: MAX_ANSWER_BYTES };
const acts = { decrypt: decryptAct(deps), outgoing: outgoingAct(deps) };

export const handler = withCanary(serve({ ...parts, identity }, acts), (event) =>
  canaryUnwrap({ keyRing: parts.keyRing, appKek }, event),
);
