// What functions that are started by hand need: tables with an app whose key is ready, and identities to ask them with.

import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { awsIdentity } from '../../client/sdk/aws-identity.ts';
import type { Variable } from '../../lambda/config.ts';
import { tokenRow } from '../../lambda/dynamo/api-tokens.ts';
import { dynamoAppSecretKeeper } from '../../lambda/dynamo/app-secrets.ts';
import { dynamoKeyRing } from '../../lambda/dynamo/key-ring.ts';
import { dynamoKeyRingWriter } from '../../lambda/dynamo/key-ring-writer.ts';
import { slotKey } from '../../lambda/dynamo/ring-key.ts';
import { dateAttributes } from '../../lambda/dynamo/ring-row.ts';
import { hashApiToken, newApiToken } from '../../vault/domain/api-token.ts';
import { DEFAULT_LIFE } from '../../vault/domain/kek-life/life.ts';
import { slotDates } from '../../vault/domain/kek-life/slot.ts';
import { createTable } from '../support/aws/create-tables.ts';
import { type FakeAws, fakeAws } from '../support/aws/fake-aws.ts';
import { present } from '../support/envelope.ts';
import { storeSettings } from '../support/store-settings.ts';

export const APP = 'shop';

const KEY_ARN = 'arn:aws:kms:us-east-1:111122223333:key/1';
const CREDENTIALS = {
  accessKeyId: 'ASIA0000000000000000',
  secretAccessKey: 'a-secret',
  sessionToken: 'a-session-token',
};

/** The environment of the functions. */
export const VARIABLES: Partial<Record<Variable, string>> = {
  stack: 'Vault',
  vaultTable: 'vault',
  ringTable: 'ring',
  secretTable: 'secrets',
  ledgerTable: 'ledger',
  auditTable: 'audit',
  auditRetentionDays: '1',
  blobBucket: 'blobs',
  partition: 'aws',
  uploadRoleArn: 'arn:aws:iam::111122223333:role/upload',
  accountId: '111122223333',
  region: 'us-east-1',
  dnsSuffix: 'amazonaws.com',
};

/** Their AWS, and `Authorization` headers: of an API token, and of an AWS role that signs now. */
export interface FaultyVault {
  readonly aws: FakeAws;
  readonly asToken: () => Promise<string>;
  readonly asRole: () => Promise<string>;
}

/** A vault as a deployment leaves it. */
export async function faultyVault(): Promise<FaultyVault> {
  const aws = fakeAws();
  aws.addKey(KEY_ARN);
  aws.callers.push({ ...CREDENTIALS, arn: 'arn:aws:sts::111122223333:assumed-role/warehouse/a-session' });
  const dynamo = new DynamoDBClient(aws.clients);
  for (const table of ['vault', 'ring', 'secrets', 'ledger', 'audit']) await createTable(dynamo, table);
  const documents = DynamoDBDocumentClient.from(dynamo);
  const customerSupport = { kind: 'customer-support', processSensitive: false } as const;
  await storeSettings(dynamoKeyRingWriter(documents, 'ring', dynamoAppSecretKeeper(documents, 'secrets')), {
    app: APP,
    life: DEFAULT_LIFE,
    defaultTtlS: 3600,
    state: 'live',
    integrations: {
      desk: { ...customerSupport, roles: [] },
      warehouse: { ...customerSupport, roles: ['111122223333/warehouse'] },
    },
  });
  const nowS = Math.floor(Date.now() / 1000);
  const dates = slotDates(nowS - 3600, nowS - 3600 + DEFAULT_LIFE.cycleS, DEFAULT_LIFE);
  const slot = {
    ...slotKey({ app: APP }, dates.slot),
    state: 'ready',
    ...dateAttributes(dates),
    keyArn: KEY_ARN,
    salt: randomBytes(32),
  };
  const token = newApiToken();
  const generation = present((await dynamoKeyRing(documents, 'ring').read(APP))?.generations.desk);
  const grant = { app: APP, integration: 'desk', generation, expiresAtS: nowS + 24 * 3600 };
  for (const Item of [slot, tokenRow(hashApiToken(token), grant)]) {
    await documents.send(new PutCommand({ TableName: 'ring', Item }));
  }
  return {
    aws,
    asToken: async () => `Bearer ${token}`,
    asRole: () =>
      awsIdentity({ audience: 'daykey:111122223333:us-east-1:Vault', region: 'us-east-1', credentials: CREDENTIALS })(),
  };
}
