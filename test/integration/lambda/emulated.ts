// Clients and tables on the emulator, each table under a name of its own.

import { randomUUID } from 'node:crypto';
import {
  type AttributeDefinition,
  CreateTableCommand,
  DynamoDBClient,
  type GlobalSecondaryIndex,
} from '@aws-sdk/client-dynamodb';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The emulator's root user: no policy binds it. */
export const ROOT: Credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
/** The emulator's one account. */
export const ACCOUNT_ID = '000000000000';

const configuration = (credentials: Credentials) => ({
  endpoint: inject('endpoint'),
  region: 'us-east-1',
  credentials,
});

export const kmsAs = (credentials: Credentials = ROOT) => new KMSClient(configuration(credentials));
export const iamAs = (credentials: Credentials = ROOT) => new IAMClient(configuration(credentials));
export const stsAs = (credentials: Credentials = ROOT) => new STSClient(configuration(credentials));
export const dynamoAs = (credentials: Credentials = ROOT) => new DynamoDBClient(configuration(credentials));

/** A table of bundles with its expiry index, as the stack makes it. */
export async function bundleTable(): Promise<{ documents: DynamoDBDocumentClient; table: string }> {
  return newTable(
    [
      { AttributeName: 'shard', AttributeType: 'N' },
      { AttributeName: 'expiresAt', AttributeType: 'N' },
    ],
    [
      {
        IndexName: 'expiry',
        KeySchema: [
          { AttributeName: 'shard', KeyType: 'HASH' },
          { AttributeName: 'expiresAt', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  );
}

/** A ring table, as the stack makes it. */
export async function ringTable(): Promise<{ documents: DynamoDBDocumentClient; table: string }> {
  return newTable();
}

async function newTable(attributes: AttributeDefinition[] = [], indexes?: GlobalSecondaryIndex[]) {
  const dynamo = dynamoAs();
  const table = `contract-${randomUUID()}`;
  await dynamo.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
        ...attributes,
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: indexes,
    }),
  );
  return { documents: DynamoDBDocumentClient.from(dynamo), table };
}
