// Entry point of the encrypt function: encrypt, incoming and explain.

import { encryptFunction } from '../vault/operations/encrypt-function.ts';
import { canaryWrap } from '../vault/usecases/keys/canary.ts';
import { warmUpSealing } from './aws/warm-up.ts';
import { readRequestConfig } from './config.ts';
import { dynamoBundleStore } from './dynamo/bundle-store.ts';
import { withCanary } from './gateway/canary.ts';
import { serve } from './gateway/serve.ts';
import { kmsAppKek } from './kms/app-kek.ts';
import { kmsClient } from './kms/kms-client.ts';
import { requestParts } from './runtime.ts';

const config = readRequestConfig(process.env, 'vaultTable');
const parts = requestParts(config);
const kms = kmsClient();
const appKek = kmsAppKek(kms);
const bundles = dynamoBundleStore(parts.documents, config.vaultTable);

warmUpSealing(parts.documents, kms);
const handlers = encryptFunction({ ...parts, appKek, bundles });

export const handler = withCanary(serve(parts, handlers), (event) =>
  canaryWrap({ keyRing: parts.keyRing, appKek }, event),
);
