// Entry point of the function behind the custom resource of each app.

import { KMSClient } from '@aws-sdk/client-kms';
import { configureApp, retireApp } from '../vault/usecases/keys/configure-app.ts';
import { CLIENT_DEFAULTS } from './aws/client-defaults.ts';
import { lambdaInvoke } from './aws/invoke.ts';
import { lambdaEndpoint, readConfig } from './config.ts';
import { customResource } from './gateway/custom-resource.ts';
import { KEY_VARIABLES, keyParts } from './runtime.ts';

/** Longer than the rotate function may run. */
const ROTATE_TIMEOUT_MS = 70_000;

const config = readConfig(process.env, [...KEY_VARIABLES, 'rotateFunctionArn']);
// The account may make 15 ScheduleKeyDeletion calls a second, so the end of many apps takes its time.
const kms = new KMSClient({ ...CLIENT_DEFAULTS, maxAttempts: 10, retryMode: 'adaptive' });
const parts = keyParts(config, kms);
const invoke = lambdaInvoke(kms.config, {
  endpoint: lambdaEndpoint(process.env, config),
  timeoutMs: ROTATE_TIMEOUT_MS,
});

export const handler = customResource({
  configure: (settings) => configureApp({ ...parts, rotate }, settings),
  retire: (app) => retireApp(parts, app),
  telemetry: parts.telemetry,
});

async function rotate(app: string): Promise<void> {
  const { failed } = await invoke(config.rotateFunctionArn, { app });
  if (failed) throw new Error('the rotate function failed: see its log');
}
