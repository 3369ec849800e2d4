// Entry point of the sweep function, on its schedule.

import { sweepFunction } from '../vault/operations/sweep-function.ts';
import { lambdaTelemetry } from './aws/telemetry.ts';
import { readConfig, readConsoleConfig } from './config.ts';
import { dynamoBundleReaper } from './dynamo/bundle-reaper.ts';
import { dynamoDocuments } from './dynamo/documents.ts';
import { dynamoConsoleReaper } from './dynamo/entry-log.ts';
import { dynamoTallyLedger } from './dynamo/ledger.ts';
import { s3BlobRemover } from './s3/blob-remover.ts';
import { blobBucket } from './s3/bucket.ts';

const config = readConfig(process.env, [
  'stack',
  'vaultTable',
  'ledgerTable',
  'blobBucket',
  'partition',
  'region',
  'dnsSuffix',
]);
const documents = dynamoDocuments();
const deps = {
  clock: Date.now,
  reaper: dynamoBundleReaper(documents, config.vaultTable),
  blobs: s3BlobRemover(documents.config, blobBucket(config, process.env)),
  ledger: dynamoTallyLedger(documents, config.ledgerTable),
  telemetry: lambdaTelemetry(config.stack),
};

const consoleConfig = readConsoleConfig(process.env);
const consoleReaper = consoleConfig && dynamoConsoleReaper(documents, consoleConfig.consoleTable);

export const handler = sweepFunction(deps, consoleReaper);
