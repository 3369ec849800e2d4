// Entry point of the sweep function, on its schedule.

import { secondsOf } from '../vault/ports/clock.ts';
import { sweepConsole } from '../vault/usecases/console/sweep-console.ts';
import { sweep } from '../vault/usecases/sweep.ts';
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

/** `time` is that of EventBridge (RFC 3339). An operator's event may leave it out. */
export async function handler({ time }: { time?: string }): Promise<void> {
  // One table's trouble never keeps the other from being swept.
  const swept = await Promise.allSettled([
    sweep(deps, time === undefined ? undefined : secondsOf(Date.parse(time))),
    consoleReaper && sweepConsole(Date.now, consoleReaper),
  ]);
  for (const result of swept) if (result.status === 'rejected') throw result.reason;
}
