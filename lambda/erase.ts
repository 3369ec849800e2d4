// Entry point of the erase function.

import { dynamoBundleEraser } from './adapters/dynamo-bundle-eraser.ts';
import { dynamoTallyLedger } from './adapters/dynamo-ledger.ts';
import { readRequestConfig } from './config.ts';
import { eraseAct } from './handlers/erase.ts';
import { serve } from './handlers/serve.ts';
import { requestParts } from './runtime.ts';

const config = readRequestConfig(process.env, 'vaultTable', 'ledgerTable');
const parts = requestParts(config);
const eraser = dynamoBundleEraser(parts.documents, config.vaultTable);
const ledger = dynamoTallyLedger(parts.documents, config.ledgerTable);

export const handler = serve(parts, { erase: eraseAct({ ...parts, eraser, ledger }) });
