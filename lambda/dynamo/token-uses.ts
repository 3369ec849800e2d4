// Days of use of API tokens in DynamoDB: rows of the audit table, where the decrypt function may put and do nothing else.

import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { TokenUses, TokenUseTrail } from '../../vault/ports/api-tokens.ts';
import { translating } from '../aws/errors.ts';

const DAY_MS = 24 * 3600 * 1000;

/** A {@link TokenUses} on the audit table, whose rows DynamoDB deletes after so many days. Needs `PutItem`, nothing more. */
export function dynamoTokenUses(documents: DynamoDBDocumentClient, table: string, retentionDays: number): TokenUses {
  return {
    async note(id, atMs) {
      const Item = {
        pk: partitionOf(id),
        sk: new Date(atMs).toISOString().slice(0, 'YYYY-MM-DD'.length),
        expiresAt: Math.floor((atMs + retentionDays * DAY_MS) / 1000),
      };
      await translating('note the use of a token', {}, () =>
        documents.send(new PutCommand({ TableName: table, Item })),
      );
    },
  };
}

/** A {@link TokenUseTrail} on the audit table. Needs `Query`. */
export function dynamoTokenUseTrail(documents: DynamoDBDocumentClient, table: string): TokenUseTrail {
  return {
    async lastDay(id) {
      const query = new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': partitionOf(id) },
        ScanIndexForward: false,
        Limit: 1,
      });
      const { Items: [last] = [] } = await translating('read the uses of a token', {}, () => documents.send(query));
      return typeof last?.sk === 'string' ? last.sk : undefined;
    },
  };
}

/** No intent is ever there: behind the `#` of those stands a date. */
function partitionOf(id: string): string {
  return `used#${id}`;
}
