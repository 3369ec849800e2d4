// Deletes expired bundles in DynamoDB, long before DynamoDB's own TTL would.

import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { BundleReaper } from '../../vault/ports/bundle-store.ts';
import { translating } from '../aws/errors.ts';
import { VAULT_TABLE } from '../config.ts';
import { erasureKeyOf, expiredIn, primaryKey } from './bundle-item.ts';
import { removeItem } from './remove.ts';

/** A {@link BundleReaper} on one table. Needs only `Query` on the index and `DeleteItem` on the table. */
export function dynamoBundleReaper(documents: DynamoDBDocumentClient, table: string): BundleReaper {
  return {
    async expired(shard, nowS, limit) {
      const query = new QueryCommand({
        TableName: table,
        IndexName: VAULT_TABLE.expiryIndex,
        KeyConditionExpression: '#shard = :shard AND expiresAt <= :now',
        // SHARD is a reserved word.
        ExpressionAttributeNames: { '#shard': 'shard' },
        ExpressionAttributeValues: { ':shard': shard, ':now': nowS },
        Limit: limit,
      });
      const { Items = [] } = await translating('find expired bundles', {}, () => documents.send(query));
      return Items.map(expiredIn).filter((entry) => entry !== undefined);
    },

    deleteExpired(entry, nowS) {
      const { app, dueAtS } = entry;
      const Key =
        entry.kind === 'bundle'
          ? primaryKey({ app, expiresAtS: dueAtS, id: entry.id })
          : erasureKeyOf(app, entry.subjectTag);
      // The index lags: only the item itself says whether it is due.
      return translating('delete an expired bundle', {}, () =>
        removeItem(documents, {
          TableName: table,
          Key,
          ConditionExpression: 'expiresAt <= :now',
          ExpressionAttributeValues: { ':now': nowS },
        }),
      );
    },
  };
}
