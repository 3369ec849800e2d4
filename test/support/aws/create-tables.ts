// A table of a vault as the stack makes it, created through a client: on the fake and on emulators alike.

import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ROW_KEYS } from '../../../lambda/config.ts';

/** Creates a table. All tables of a vault have the same keys, and no index. */
export async function createTable(dynamo: DynamoDBClient, TableName: string): Promise<void> {
  const { partitionKey, sortKey } = ROW_KEYS;
  await dynamo.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [partitionKey, sortKey].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: partitionKey, KeyType: 'HASH' },
        { AttributeName: sortKey, KeyType: 'RANGE' },
      ],
    }),
  );
}
