// Entry point of the sweep function, on its schedule.

import { secondsOf } from '../vault/ports/clock.ts';
import { sweep } from '../vault/usecases/sweep.ts';
import { lambdaTelemetry } from './aws/telemetry.ts';
import { readConfig } from './config.ts';
import { dynamoBundleReaper } from './dynamo/bundle-reaper.ts';
import { dynamoDocuments } from './dynamo/documents.ts';
import { dynamoTallyLedger } from './dynamo/ledger.ts';

const config = readConfig(process.env, ['stack', 'vaultTable', 'ledgerTable']);
const documents = dynamoDocuments();
const deps = {
  clock: Date.now,
  reaper: dynamoBundleReaper(documents, config.vaultTable),
  ledger: dynamoTallyLedger(documents, config.ledgerTable),
  telemetry: lambdaTelemetry(config.stack),
};

/** `time` is that of EventBridge (RFC 3339). An operator's event may leave it out. */
export const handler = ({ time }: { time?: string }): Promise<void> =>
  sweep(deps, time === undefined ? undefined : secondsOf(Date.parse(time)));
