// Entry point of the encrypt function.

import { KMSClient } from '@aws-sdk/client-kms';
import { dynamoBundleStore } from './adapters/dynamo-bundle-store.ts';
import { kmsAppKek } from './adapters/kms-app-kek.ts';
import { readRequestConfig } from './config.ts';
import { canaryWrap, withCanary } from './handlers/canary.ts';
import { encryptAct } from './handlers/encrypt.ts';
import { serve } from './handlers/serve.ts';
import { CLIENT_DEFAULTS, requestParts } from './runtime.ts';

const config = readRequestConfig(process.env, 'vaultTable');
const parts = requestParts(config);
const appKek = kmsAppKek(new KMSClient(CLIENT_DEFAULTS));
const bundles = dynamoBundleStore(parts.documents, config.vaultTable);

export const handler = withCanary(serve(parts, 'encrypt', encryptAct({ ...parts, appKek, bundles })), (event) =>
  canaryWrap({ keyRing: parts.keyRing, appKek }, event),
);
