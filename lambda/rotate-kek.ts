// Entry point of the rotate function: on its schedule for every app, or invoked for one.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoKeyRingWriter } from './adapters/dynamo-key-ring.ts';
import { kmsKeyMaker } from './adapters/kms-key-maker.ts';
import { lambdaCanary } from './adapters/lambda-canary.ts';
import { powertoolsTelemetry } from './adapters/powertools-telemetry.ts';
import { keyPolicyOf, readConfig } from './config.ts';
import { CLIENT_DEFAULTS } from './runtime.ts';
import { rotateOne } from './usecases/configure-app.ts';
import { type RotateDeps, rotate } from './usecases/rotate.ts';

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
  'encryptCanaryArn',
  'decryptCanaryArn',
]);
const documents = DynamoDBDocumentClient.from(new DynamoDBClient(CLIENT_DEFAULTS));
const deps: RotateDeps = {
  clock: Date.now,
  keyRing: dynamoKeyRingWriter(documents, config.ringTable),
  keyMaker: kmsKeyMaker(new KMSClient(CLIENT_DEFAULTS), keyPolicyOf(config)),
  canary: lambdaCanary(new LambdaClient(CLIENT_DEFAULTS), {
    encrypt: config.encryptCanaryArn,
    decrypt: config.decryptCanaryArn,
  }),
  telemetry: powertoolsTelemetry(config.stack),
};

export const handler = (event: { app?: string }): Promise<void> =>
  event.app === undefined ? rotate(deps) : rotateOne(deps, event.app);
