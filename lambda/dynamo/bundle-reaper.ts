// Deleting expired bundles in DynamoDB, well before its own TTL gets to them.

import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { BundleReaper } from '../../vault/ports/bundle-store.ts';
import { translating } from '../aws/errors.ts';
import { VAULT_TABLE } from '../config.ts';
import { bundleKeyOf, primaryKeyOf } from './bundle-item.ts';
import { removeItem } from './remove.ts';

/** A {@link BundleReaper} on one table. Needs `Query` on the index and `DeleteItem` on the table, nothing more. */
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
      return Items.flatMap((item) => {
        const key = bundleKeyOf(item);
        return key === undefined ? [] : [{ key, expiresAtS: Number(item.expiresAt) }];
      });
    },

    deleteExpired(key, nowS) {
      // The index lags: only the item itself says whether it has expired.
      return translating('delete an expired bundle', {}, () =>
        removeItem(documents, {
          TableName: table,
          Key: primaryKeyOf(key),
          ConditionExpression: 'expiresAt <= :now',
          ExpressionAttributeValues: { ':now': nowS },
        }),
      );
    },
  };
}
