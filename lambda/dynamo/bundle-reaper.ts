// Finds and deletes in DynamoDB what is due, long before DynamoDB's own TTL would.

import { DeleteCommand, type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { type BundleReaper, countBySlot, ERASURE_REPEAT_S, type RemovedFrom } from '../../vault/ports/bundle-store.ts';
import { conditionHolds, translating } from '../aws/errors.ts';
import { inBatches } from '../aws/in-batches.ts';
import { expiryDigits, primaryKey, readDue, shardPartition } from './bundle-item.ts';
import { type PointedBundle, pointedBundles } from './pointers.ts';

const DELETES_AT_ONCE = 16;

type Key = Readonly<Record<'pk' | 'sk', string>>;

/**
 * A {@link BundleReaper} on one table. Needs `Query` of the keys, `pool`, `slot`, `blobDays` and `createdAt`, and `DeleteItem` that returns
 * nothing.
 */
export function dynamoBundleReaper(documents: DynamoDBDocumentClient, table: string): BundleReaper {
  function isRemoved(Key: Key): Promise<boolean> {
    // Of two sweepers one meets the condition, so each bundle is counted once.
    const remove = new DeleteCommand({ TableName: table, Key, ConditionExpression: 'attribute_exists(pk)' });
    return conditionHolds(() => documents.send(remove));
  }

  return {
    async *due(shard, nowS) {
      let ExclusiveStartKey: Record<string, unknown> | undefined;
      do {
        const query: QueryCommand = new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          // Everything that begins with `nowS` or an earlier second.
          KeyConditionExpression: 'pk = :pk AND sk < :after',
          ExpressionAttributeValues: { ':pk': shardPartition(shard), ':after': expiryDigits(nowS + 1) },
          Select: 'SPECIFIC_ATTRIBUTES',
          ProjectionExpression: 'sk, #pool, slot, blobDays',
          ExpressionAttributeNames: { '#pool': 'pool' },
          ExclusiveStartKey,
        });
        const { Items = [], LastEvaluatedKey } = await translating('find what is due', {}, () => documents.send(query));
        yield Items.map((item) => readDue(shard, item));
        ExclusiveStartKey = LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
    },

    remove({ shard, row }) {
      return translating('delete what is due', {}, () => isRemoved({ pk: shardPartition(shard), sk: row }));
    },

    repeatErasure({ app, subjectTag, dueAtS }, nowS, removeBlobs) {
      return translating('repeat an erasure', {}, async () => {
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
      });
    },
  };
}
