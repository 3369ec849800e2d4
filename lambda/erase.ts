// Entry point of the erase function.

import { eraseFunction } from '../vault/operations/erase-function.ts';
import { readConsoleConfig, readRequestConfig } from './config.ts';
import { dynamoBundleEraser } from './dynamo/bundle-eraser.ts';
import { dynamoEntryLogEraser } from './dynamo/entry-log.ts';
import { dynamoTallyLedger } from './dynamo/ledger.ts';
import { serve } from './gateway/serve.ts';
import { requestParts } from './runtime.ts';
import { s3BlobRemover } from './s3/blob-remover.ts';
import { blobBucket } from './s3/bucket.ts';

const config = readRequestConfig(process.env, 'secretTable', 'vaultTable', 'ledgerTable', 'partition', 'blobBucket');
const parts = requestParts(config);
const eraser = dynamoBundleEraser(parts.documents, config.vaultTable);
const ledger = dynamoTallyLedger(parts.documents, config.ledgerTable);
const blobs = s3BlobRemover(parts.documents.config, blobBucket(config, process.env));
const consoleConfig = readConsoleConfig(process.env);
const loggedEntries = consoleConfig && dynamoEntryLogEraser(parts.documents, consoleConfig.consoleTable);

export const handler = serve(parts, eraseFunction({ ...parts, eraser, ledger, blobs, loggedEntries }));
