// Entry point of the function behind the custom resources: each app, and the keys of the vault as a whole.

import { endTrust, trustRole } from '../vault/usecases/apps/trust-role.ts';
import { configureApp, retireApp, tryKeys } from '../vault/usecases/keys/configure-app.ts';
import { destroyLeftovers } from '../vault/usecases/keys/destroy-leftovers.ts';
import { lambdaInvoke } from './aws/invoke.ts';
import { endpointOf, readConfig, readConsoleConfig, s3Endpoint } from './config.ts';
import { dynamoEntryLogEraser } from './dynamo/entry-log.ts';
import { customResource } from './gateway/custom-resource.ts';
import { askToRotate } from './gateway/rotate-request.ts';
import { type Lifecycle, readResourceTask } from './gateway/vault-resources.ts';
import { kmsClient } from './kms/kms-client.ts';
import { KEY_VARIABLES, keyParts } from './runtime.ts';
import { s3BlobRemover } from './s3/blob-remover.ts';
import { blobBucket } from './s3/bucket.ts';

/** Longer than the rotate function may run. */
const ROTATE_TIMEOUT_MS = 70_000;

const config = readConfig(process.env, [...KEY_VARIABLES, 'rotateFunctionArn', 'blobBucket']);
// The account may make 15 ScheduleKeyDeletion calls a second, so the end of many apps takes its time.
const kms = kmsClient({ maxAttempts: 10, retryMode: 'adaptive' });
const parts = keyParts(config, kms, { taggingEndpoint: endpointOf('tagging', process.env, config) });
const invoke = lambdaInvoke(kms.config, {
  endpoint: endpointOf('lambda', process.env, config),
  timeoutMs: ROTATE_TIMEOUT_MS,
});
const blobs = s3BlobRemover(kms.config, blobBucket(config, s3Endpoint(process.env)));
const consoleConfig = readConsoleConfig(process.env);
const loggedEntries = consoleConfig && dynamoEntryLogEraser(parts.documents, consoleConfig.consoleTable);

const lifecycle: Lifecycle = {
  configure: (change, requestId) =>
    configureApp(
      { ...parts, rotate: (app) => askToRotate(invoke, config.rotateFunctionArn, { app }) },
      change,
      requestId,
    ),
  retire: async (app, request) => {
    const outcome = await retireApp(parts, app, request);
    // Nothing seals for it any more, and what has been sealed opens no more.
    if (outcome === 'done') {
      await Promise.all([blobs.removeAll(app), loggedEntries?.eraseApp(app), parts.secrets.removeSecret(app)]);
    }
    return outcome;
  },
  probe: () => tryKeys(() => askToRotate(invoke, config.rotateFunctionArn, { task: 'probe' })),
  destroyLeftovers: () => destroyLeftovers(parts),
  trust: (app, added, requestId) => trustRole(parts, app, added, requestId),
  endTrust: (app, id, requestId) => endTrust(parts, app, id, requestId),
  telemetry: parts.telemetry,
};

export const handler = customResource({
  readTask: (event) => readResourceTask(lifecycle, event),
  telemetry: parts.telemetry,
});
