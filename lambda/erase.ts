// Entry point of the erase function.

import { eraseFunction } from '../vault/operations/erase-function.ts';
import { readRequestConfig } from './config.ts';
import { dynamoBundleEraser } from './dynamo/bundle-eraser.ts';
import { dynamoTallyLedger } from './dynamo/ledger.ts';
import { serve } from './gateway/serve.ts';
import { requestParts } from './runtime.ts';

const config = readRequestConfig(process.env, 'vaultTable', 'ledgerTable');
const parts = requestParts(config);
const eraser = dynamoBundleEraser(parts.documents, config.vaultTable);
const ledger = dynamoTallyLedger(parts.documents, config.ledgerTable);

export const handler = serve(parts, eraseFunction({ ...parts, eraser, ledger }));
