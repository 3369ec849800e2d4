// Entry point of the sweep function, on its schedule.

import { sweep } from '../vault/usecases/sweep.ts';
import { lambdaTelemetry } from './aws/telemetry.ts';
import { readConfig } from './config.ts';
import { dynamoBundleEraser } from './dynamo/bundle-eraser.ts';
import { dynamoBundleReaper } from './dynamo/bundle-reaper.ts';
import { dynamoDocuments } from './dynamo/documents.ts';
import { dynamoTallyLedger } from './dynamo/ledger.ts';

const config = readConfig(process.env, ['stack', 'vaultTable', 'ledgerTable']);
const documents = dynamoDocuments();
const deps = {
  clock: Date.now,
  reaper: dynamoBundleReaper(documents, config.vaultTable),
  eraser: dynamoBundleEraser(documents, config.vaultTable),
  ledger: dynamoTallyLedger(documents, config.ledgerTable),
  telemetry: lambdaTelemetry(config.stack),
};

export const handler = (): Promise<void> => sweep(deps);
