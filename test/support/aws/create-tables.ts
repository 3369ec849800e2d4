// A table of a vault as the stack makes it, created through a client: on the fake and on emulators alike.

import { CreateTableCommand, type DynamoDBClient, type KeySchemaElement } from '@aws-sdk/client-dynamodb';
import { RING_TABLE, ROW_KEYS } from '../../../lambda/config.ts';

/** Creates a table. All tables of a vault have the same keys. The ring's index is empty in the others. */
export async function createTable(dynamo: DynamoDBClient, TableName: string): Promise<void> {
  const { partitionKey, sortKey } = ROW_KEYS;
  const { dueIndex, dueShard, dueAt } = RING_TABLE;
  const texts = [partitionKey, sortKey, dueShard].map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S' as const,
  }));
  await dynamo.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [...texts, { AttributeName: dueAt, AttributeType: 'N' }],
      KeySchema: keysOf(partitionKey, sortKey),
      GlobalSecondaryIndexes: [
        { IndexName: dueIndex, KeySchema: keysOf(dueShard, dueAt), Projection: { ProjectionType: 'KEYS_ONLY' } },
      ],
    }),
  );
}

function keysOf(hash: string, range: string): KeySchemaElement[] {
  return [
    { AttributeName: hash, KeyType: 'HASH' },
    { AttributeName: range, KeyType: 'RANGE' },
  ];
}
