// Reads what people revealed from the audit table, for the Console.

import { type DynamoDBDocumentClient, GetCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import type { AuditIntent, RevealTrail } from '../../vault/ports/audit-log.ts';
import { translating } from '../aws/errors.ts';
import { auditSortKey, revealPartition } from './audit-log.ts';
import { readIntent } from './audit-row.ts';

/** Sorts after every instant in RFC 3339. */
const AFTER_THE_DAY = ':';

/** A {@link RevealTrail} on the audit table. Needs `Query` and `GetItem`, on partitions that begin with `#reveals#` only. */
export function dynamoRevealTrail(documents: DynamoDBDocumentClient, table: string): RevealTrail {
  return {
    async reveals({ app, day, before, limit }) {
      const end =
        before === undefined ? AFTER_THE_DAY : auditSortKey(new Date(before.atMs).toISOString(), before.requestId);
      const query = {
        TableName: table,
        ConsistentRead: true,
        ScanIndexForward: false,
        KeyConditionExpression: 'pk = :pk AND sk < :end',
        ExpressionAttributeValues: { ':pk': revealPartition(app, day), ':end': end },
      };
      const found: AuditIntent[] = [];
      await translating('read the reveals', {}, async () => {
        for await (const { Items = [] } of paginateQuery({ client: documents, pageSize: limit }, query)) {
          found.push(...Items.map(readIntent).filter((intent) => intent !== undefined));
          // Another page makes up for rows that are malformed.
          if (found.length >= limit) return;
        }
      });
      return found.slice(0, limit);
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
