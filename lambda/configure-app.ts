// Entry point of the function that sets apps up and ends them: for CloudFormation, for the command line, and on a schedule.

import type { Context } from 'aws-lambda';
import { readTarget } from '../vault/domain/settings/parse.ts';
import { appsTasks, doAppsTask, isAppsRequest } from '../vault/operations/apps-tasks.ts';
import { askToRotate } from '../vault/operations/rotate-tasks.ts';
import { stackTasks } from '../vault/operations/stack-tasks.ts';
import type { AppsAnswer, AppsRequest } from '../vault/usecases/apps/cli-apps.ts';
import { lambdaFunctions } from './aws/invoke.ts';
import { endpointOf, readConfig, readConsoleConfig } from './config.ts';
import { dynamoAppRegister } from './dynamo/app-register.ts';
import { dynamoEntryLogEraser } from './dynamo/entry-log.ts';
import { customResource, type ResourceEvent } from './gateway/custom-resource.ts';
import { readResourceTask } from './gateway/vault-resources.ts';
import { kmsClient } from './kms/kms-client.ts';
import { KEY_VARIABLES, keyParts } from './runtime.ts';
import { s3BlobRemover } from './s3/blob-remover.ts';
import { blobBucket, bucketUrl } from './s3/bucket.ts';
import { s3SettingsAsset } from './s3/settings-asset.ts';

/** Longer than the rotate function may run. */
const ROTATE_TIMEOUT_MS = 70_000;

const config = readConfig(process.env, [...KEY_VARIABLES, 'rotateFunctionArn', 'blobBucket']);
// The account may make 15 ScheduleKeyDeletion calls a second, so the end of many apps takes its time.
const kms = kmsClient({ maxAttempts: 10, retryMode: 'adaptive' });
const parts = keyParts(config, kms, { taggingEndpoint: endpointOf('tagging', process.env, config) });
const { invoke, sendEvent } = lambdaFunctions(kms.config, {
  endpoint: endpointOf('lambda', process.env, config),
  timeoutMs: ROTATE_TIMEOUT_MS,
});
const blobs = s3BlobRemover(kms.config, blobBucket(config, process.env));
const consoleConfig = readConsoleConfig(process.env);
const loggedEntries = consoleConfig && dynamoEntryLogEraser(parts.documents, consoleConfig.consoleTable);
const register = dynamoAppRegister(parts.documents, config.ringTable);
const readAsset = s3SettingsAsset(kms.config, (bucket) => bucketUrl(bucket, config, process.env));

export async function handler(event: AppsRequest | ResourceEvent, context: Context): Promise<AppsAnswer | undefined> {
  const deps = {
    ...parts,
    register,
    readTarget,
    rotate: (app: string) => askToRotate(invoke, config.rotateFunctionArn, { app }),
    removeContent: (app: string) =>
      Promise.all([parts.secrets.removeSecret(app), blobs.removeAll(app), loggedEntries?.eraseApp(app)]),
    remainingMs: () => context.getRemainingTimeInMillis(),
  };
  if (isAppsRequest(event)) return await doAppsTask(appsTasks(deps), event);
  const probe = () => askToRotate(invoke, config.rotateFunctionArn, { task: 'probe' });
  const lifecycle = { ...stackTasks(deps, probe), readAsset, telemetry: parts.telemetry };
  const answered = customResource({
    readTask: (received) => readResourceTask(lifecycle, received),
    goOn: (received) => sendEvent(context.invokedFunctionArn, received),
    telemetry: parts.telemetry,
  });
  await answered(event, context);
  return undefined;
}
