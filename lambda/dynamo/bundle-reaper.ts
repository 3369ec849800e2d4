// Finds and deletes in DynamoDB what is due, long before DynamoDB's own TTL would.

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type BundleReaper, countBySlot, ERASURE_REPEAT_S, type RemovedFrom } from '../../vault/ports/bundle-store.ts';
import { inBatches } from '../aws/in-batches.ts';
import { expiryDigits, primaryKey, readDue, shardPartition } from './bundle-item.ts';
import { conditionHeld, deleteItem, type ItemKey, queryPages } from './calls.ts';
import { type PointedBundle, pointedBundles } from './pointers.ts';

const DELETES_AT_ONCE = 16;

/**
 * A {@link BundleReaper} on one table. Needs `Query` of the keys, `pool`, `slot`, `blobDays` and `createdAt`, and `DeleteItem` that returns
 * nothing.
 */
export function dynamoBundleReaper(documents: DynamoDBDocumentClient, table: string): BundleReaper {
  function isRemoved(Key: ItemKey): Promise<boolean> {
    // Of two sweepers one meets the condition, so each bundle is counted once.
    const remove = { TableName: table, Key, ConditionExpression: 'attribute_exists(pk)' };
    return conditionHeld(deleteItem(documents, 'delete what is due', remove));
  }

  return {
    async *due(shard, nowS) {
      const pages = queryPages(documents, 'find what is due', {
        TableName: table,
        // Everything that begins with `nowS` or an earlier second.
        KeyConditionExpression: 'pk = :pk AND sk < :after',
        ExpressionAttributeValues: { ':pk': shardPartition(shard), ':after': expiryDigits(nowS + 1) },
        Select: 'SPECIFIC_ATTRIBUTES',
        ProjectionExpression: 'sk, #pool, slot, blobDays',
      });
      for await (const page of pages) yield page.map((item) => readDue(shard, item));
    },

    remove: ({ shard, row }) => isRemoved({ pk: shardPartition(shard), sk: row }),

    async repeatErasure({ app, subjectTag, dueAtS }, nowS, removeBlobs) {
      const counts: RemovedFrom[] = [];
      const pointers = { app, subjectTag, nowS, createdBeforeS: dueAtS - ERASURE_REPEAT_S };
      for await (const page of pointedBundles(documents, table, pointers)) {
        await removeBlobs(page.map(({ blob }) => blob).filter((blob) => blob !== undefined));
        const count = async ({ key, pool, slot }: PointedBundle): Promise<RemovedFrom> => ({
          pool,
          slot,
          count: Number(await isRemoved(primaryKey(key))),
        });
        counts.push(...(await inBatches(page, DELETES_AT_ONCE, count)));
      }
      return countBySlot(counts.filter(({ count }) => count > 0));
    },
  };
}
