// Entry point of the erase function.

import { eraseAct } from '../vault/operations/erase.ts';
import { readRequestConfig } from './config.ts';
import { dynamoBundleEraser } from './dynamo/bundle-eraser.ts';
import { dynamoTallyLedger } from './dynamo/ledger.ts';
import { serve } from './gateway/serve.ts';
import { requestParts } from './runtime.ts';

const config = readRequestConfig(process.env, 'vaultTable', 'ledgerTable');
const parts = requestParts(config);
const eraser = dynamoBundleEraser(parts.documents, config.vaultTable);
const ledger = dynamoTallyLedger(parts.documents, config.ledgerTable);

export const handler = serve(parts, { erase: eraseAct({ ...parts, eraser, ledger }) });
