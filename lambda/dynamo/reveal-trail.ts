// Reads what people revealed from the audit table, for the Console.

import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { RevealTrail } from '../../vault/ports/audit-log.ts';
import { translating } from '../aws/errors.ts';
import { auditSortKey, revealPartition } from './audit-log.ts';
import { readIntent } from './audit-row.ts';

/** A {@link RevealTrail} on the audit table. Needs `Query` and `GetItem`, on partitions that begin with `#reveals#` only. */
export function dynamoRevealTrail(documents: DynamoDBDocumentClient, table: string): RevealTrail {
  return {
    async reveals(app, day, limit) {
      const query = new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        ScanIndexForward: false,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': revealPartition(app, day) },
        Limit: limit,
      });
      const { Items = [] } = await translating('read the reveals', {}, () => documents.send(query));
      return Items.map(readIntent).filter((intent) => intent !== undefined);
    },
    async reveal(app, atMs, requestId) {
      const at = new Date(atMs).toISOString();
      const Key = { pk: revealPartition(app, at), sk: auditSortKey(at, requestId) };
      const get = new GetCommand({ TableName: table, Key, ConsistentRead: true });
      const { Item } = await translating('read a reveal', {}, () => documents.send(get));
      return Item && readIntent(Item);
    },
  };
}
