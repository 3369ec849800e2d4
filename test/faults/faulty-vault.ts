// What functions that are started by hand need: tables with an app whose key is ready, and identities to ask them with.

import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { awsIdentity } from '../../client/sdk/aws-identity.ts';
import type { Variable } from '../../lambda/config.ts';
import { tokenItemOf } from '../../lambda/dynamo/api-tokens.ts';
import { dynamoKeyRingWriter } from '../../lambda/dynamo/key-ring.ts';
import { dateAttributesOf, slotRowOf } from '../../lambda/dynamo/ring-row.ts';
import { hashApiToken, newApiToken } from '../../vault/domain/api-token.ts';
import { DEFAULT_LIFE } from '../../vault/domain/kek-life/life.ts';
import { slotDates } from '../../vault/domain/kek-life/slot.ts';
import { type AwsStub, awsStub } from './aws-stub.ts';
import { faultyWire } from './faulty-wire.ts';

export const APP = 'shop';

/** The environment of the functions. */
export const VARIABLES: Partial<Record<Variable, string>> = {
  ...{ stack: 'Vault', vaultTable: 'vault', ringTable: 'ring', ledgerTable: 'ledger' },
  ...{ auditTable: 'audit', auditRetentionDays: '1' },
  ...{ accountId: '111122223333', region: 'us-east-1', dnsSuffix: 'amazonaws.com' },
};

/** Their AWS, and `Authorization` headers: of an API token, and of an AWS role that signs now. */
export interface FaultyVault {
  readonly aws: AwsStub;
  readonly asToken: () => Promise<string>;
  readonly asRole: () => Promise<string>;
}

/** A vault as a deployment leaves it. */
export async function faultyVault(): Promise<FaultyVault> {
  const aws = awsStub('arn:aws:sts::111122223333:assumed-role/warehouse/a-session');
  const wire = await faultyWire(aws);
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: wire.endpoint }));
  const customerSupport = { kind: 'customer-support', processSensitive: false } as const;
  await dynamoKeyRingWriter(documents, 'ring').configure({
    ...{ app: APP, life: DEFAULT_LIFE, defaultTtlS: 3600, retired: false },
    integrations: {
      desk: { ...customerSupport, roles: [] },
      warehouse: { ...customerSupport, roles: ['111122223333/warehouse'] },
    },
  });
  const nowS = Math.floor(Date.now() / 1000);
  const dates = slotDates(nowS - 3600, nowS - 3600 + DEFAULT_LIFE.cycleS, DEFAULT_LIFE);
  const slot = {
    ...{ pk: APP, sk: slotRowOf(dates.slot), state: 'ready', ...dateAttributesOf(dates) },
    ...{ keyArn: 'arn:aws:kms:us-east-1:111122223333:key/1', tagSalt: randomBytes(32) },
  };
  const token = newApiToken();
  const grant = { app: APP, integration: 'desk', expiresAtS: nowS + 24 * 3600 };
  for (const Item of [slot, tokenItemOf(hashApiToken(token), grant)]) {
    await documents.send(new PutCommand({ TableName: 'ring', Item }));
  }
  await wire.close();
  const credentials = {
    accessKeyId: 'ASIA0000000000000000',
    secretAccessKey: 'a-secret',
    sessionToken: 'a-session-token',
  };
  return {
    aws,
    asToken: async () => `Bearer ${token}`,
    asRole: () => awsIdentity({ audience: 'daykey:111122223333:us-east-1:Vault', region: 'us-east-1', credentials })(),
  };
}
