// Entry point behind the custom resource of each app: its settings and first key; at its end, the end of its keys.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoKeyRingWriter } from './adapters/dynamo-key-ring.ts';
import { kmsKeyMaker } from './adapters/kms-key-maker.ts';
import { keyPolicyOf, readConfig } from './config.ts';
import { customResource } from './handlers/custom-resource.ts';
import { CLIENT_DEFAULTS } from './runtime.ts';
import { configureApp, retireApp } from './usecases/configure-app.ts';

const config = readConfig(process.env, [
  'stack',
  'ringTable',
  'partition',
  'accountId',
  'encryptRoleArn',
  'decryptRoleArn',
  'rotateRoleArn',
  'retireRoleArn',
  'lockKeyPolicy',
  'rotateFunctionArn',
]);
const documents = DynamoDBDocumentClient.from(new DynamoDBClient(CLIENT_DEFAULTS));
const keyRing = dynamoKeyRingWriter(documents, config.ringTable);
// ScheduleKeyDeletion allows 15 calls a second in the account: the end of many apps takes its time.
const kms = new KMSClient({ ...CLIENT_DEFAULTS, maxAttempts: 10, retryMode: 'adaptive' });
const keyMaker = kmsKeyMaker(kms, keyPolicyOf(config));
const lambda = new LambdaClient({ maxAttempts: 3 });

export const handler = customResource({
  configure: (settings) => configureApp({ clock: Date.now, keyRing, rotate }, settings),
  retire: (app) => retireApp({ keyRing, keyMaker }, app),
});

async function rotate(app: string): Promise<void> {
  const invoke = new InvokeCommand({ FunctionName: config.rotateFunctionArn, Payload: JSON.stringify({ app }) });
  const { FunctionError } = await lambda.send(invoke);
  if (FunctionError !== undefined) throw new Error('the rotate function failed: see its log');
}
