// Entry point of the sweep function, on its schedule.

import { dynamoBundleEraser } from './adapters/dynamo-bundle-eraser.ts';
import { dynamoBundleReaper } from './adapters/dynamo-bundle-reaper.ts';
import { dynamoDocuments } from './adapters/dynamo-documents.ts';
import { dynamoTallyLedger } from './adapters/dynamo-ledger.ts';
import { powertoolsTelemetry } from './adapters/powertools-telemetry.ts';
import { readConfig } from './config.ts';
import { CLIENT_DEFAULTS } from './runtime.ts';
import { sweep } from './usecases/sweep.ts';

const config = readConfig(process.env, ['stack', 'vaultTable', 'ledgerTable']);
const documents = dynamoDocuments(CLIENT_DEFAULTS);
const deps = {
  clock: Date.now,
  reaper: dynamoBundleReaper(documents, config.vaultTable),
  eraser: dynamoBundleEraser(documents, config.vaultTable),
  ledger: dynamoTallyLedger(documents, config.ledgerTable),
  telemetry: powertoolsTelemetry(config.stack),
};

export const handler = (): Promise<void> => sweep(deps);
