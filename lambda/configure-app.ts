// Entry point behind the custom resource of each app: its settings and first key; at its end, the end of its keys.

import { KMSClient } from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { configureApp, retireApp } from '../vault/usecases/keys/configure-app.ts';
import { readConfig } from './config.ts';
import { customResource } from './gateway/custom-resource.ts';
import { CLIENT_DEFAULTS, KEY_VARIABLES, keyParts } from './runtime.ts';

const config = readConfig(process.env, [...KEY_VARIABLES, 'rotateFunctionArn']);
// ScheduleKeyDeletion allows 15 calls a second in the account: the end of many apps takes its time.
const parts = keyParts(config, new KMSClient({ ...CLIENT_DEFAULTS, maxAttempts: 10, retryMode: 'adaptive' }));
const lambda = new LambdaClient({ maxAttempts: 3 });

export const handler = customResource({
  configure: (settings) => configureApp({ ...parts, rotate }, settings),
  retire: (app) => retireApp(parts, app),
  telemetry: parts.telemetry,
});

async function rotate(app: string): Promise<void> {
  const invoke = new InvokeCommand({ FunctionName: config.rotateFunctionArn, Payload: JSON.stringify({ app }) });
  const { FunctionError } = await lambda.send(invoke);
  if (FunctionError !== undefined) throw new Error('the rotate function failed: see its log');
}
