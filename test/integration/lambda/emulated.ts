// Clients and tables on the emulator.

import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import { createTable } from '../../support/aws/create-tables.ts';
import type { Tables } from '../../support/contracts/on-dynamo.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The emulator's root user, which no policy restricts. */
export const ROOT: Credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
/** The emulator's only account. */
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

/** New tables as the stack makes them, each under its own name. */
export const emulatedTables: Tables = {
  async add() {
    const dynamo = dynamoAs();
    const table = `contract-${randomUUID()}`;
    await createTable(dynamo, table);
    return { documents: DynamoDBDocumentClient.from(dynamo), table };
  },
};
