// The tables of a vault as the stack makes them, created through a client: on the fake and on emulators alike.

import { CreateTableCommand, type DynamoDBClient, type GlobalSecondaryIndex } from '@aws-sdk/client-dynamodb';
import { ROW_KEYS, VAULT_TABLE } from '../../../lambda/config.ts';

/** Creates a table of bundles with its expiry index. */
export async function createVaultTable(dynamo: DynamoDBClient, TableName: string): Promise<void> {
  const { shard, expiry, expiryIndex } = VAULT_TABLE;
  await create(dynamo, TableName, { [shard]: 'N', [expiry]: 'N' }, [
    { IndexName: expiryIndex, KeySchema: keySchema(shard, expiry), Projection: { ProjectionType: 'KEYS_ONLY' } },
  ]);
}

/** Creates a table that has its keys only, as those of ring, ledger and audit log. */
export async function createPlainTable(dynamo: DynamoDBClient, TableName: string): Promise<void> {
  await create(dynamo, TableName);
}

async function create(
  dynamo: DynamoDBClient,
  TableName: string,
  indexAttributes: Readonly<Record<string, 'N' | 'S'>> = {},
  GlobalSecondaryIndexes?: GlobalSecondaryIndex[],
): Promise<void> {
  const { partitionKey, sortKey } = ROW_KEYS;
  const attributes = { [partitionKey]: 'S', [sortKey]: 'S', ...indexAttributes } as const;
  await dynamo.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: Object.entries(attributes).map(([AttributeName, AttributeType]) => ({
        AttributeName,
        AttributeType,
      })),
      KeySchema: keySchema(partitionKey, sortKey),
      GlobalSecondaryIndexes,
    }),
  );
}

function keySchema(partition: string, sort: string): { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[] {
  return [
    { AttributeName: partition, KeyType: 'HASH' },
    { AttributeName: sort, KeyType: 'RANGE' },
  ];
}
