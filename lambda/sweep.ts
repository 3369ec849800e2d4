// Entry point of the sweep function, on its schedule.

import { secondsOf } from '../vault/ports/clock.ts';
import { sweep } from '../vault/usecases/sweep.ts';
import { lambdaTelemetry } from './aws/telemetry.ts';
import { readConfig, s3Endpoint } from './config.ts';
import { dynamoBundleReaper } from './dynamo/bundle-reaper.ts';
import { dynamoDocuments } from './dynamo/documents.ts';
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
  blobs: s3BlobRemover(documents.config, blobBucket(config, s3Endpoint(process.env))),
  ledger: dynamoTallyLedger(documents, config.ledgerTable),
  telemetry: lambdaTelemetry(config.stack),
};

/** `time` is that of EventBridge (RFC 3339). An operator's event may leave it out. */
export const handler = ({ time }: { time?: string }): Promise<void> =>
  sweep(deps, time === undefined ? undefined : secondsOf(Date.parse(time)));
