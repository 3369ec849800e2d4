// Entry point of the encrypt function: encrypt, incoming and explain.

import { KMSClient } from '@aws-sdk/client-kms';
import { dynamoBundleStore } from './adapters/dynamo-bundle-store.ts';
import { kmsAppKek } from './adapters/kms-app-kek.ts';
import { readRequestConfig } from './config.ts';
import { canaryWrap, withCanary } from './handlers/canary.ts';
import { encryptAct } from './handlers/encrypt.ts';
import { explainAct } from './handlers/explain.ts';
import { incomingAct } from './handlers/incoming.ts';
import { serve } from './handlers/serve.ts';
import { CLIENT_DEFAULTS, requestParts } from './runtime.ts';

const config = readRequestConfig(process.env, 'vaultTable');
const parts = requestParts(config);
const appKek = kmsAppKek(new KMSClient(CLIENT_DEFAULTS));
const bundles = dynamoBundleStore(parts.documents, config.vaultTable);

const deps = { ...parts, appKek, bundles };
const acts = { encrypt: encryptAct(deps), incoming: incomingAct(deps), explain: explainAct(deps) };

export const handler = withCanary(serve(parts, acts), (event) => canaryWrap({ keyRing: parts.keyRing, appKek }, event));
