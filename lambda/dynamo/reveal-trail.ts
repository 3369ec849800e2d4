// Reads what people revealed from the audit table, for the Console.

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { RevealTrail } from '../../vault/ports/audit-log.ts';
import { auditSortKey, revealPartition } from './audit-log.ts';
import { readIntent } from './audit-row.ts';
import { getItem, queryPages, readFirst } from './calls.ts';

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
        ScanIndexForward: false,
        KeyConditionExpression: 'pk = :pk AND sk < :end',
        ExpressionAttributeValues: { ':pk': revealPartition(app, day), ':end': end },
      };
      return await readFirst(limit, queryPages(documents, 'read the reveals', query, limit), readIntent);
    },
    async reveal(app, atMs, requestId) {
      const at = new Date(atMs).toISOString();
      const Key = { pk: revealPartition(app, at), sk: auditSortKey(at, requestId) };
      const row = await getItem(documents, 'read a reveal', { TableName: table, Key });
      return row && readIntent(row);
    },
  };
}
