// Erasing bundles and single fields in DynamoDB before they expire.

import { type DynamoDBDocumentClient, PutCommand, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import {
  type BundleEraser,
  ERASURE_ID,
  ERASURE_REPEAT_S,
  expiryShard,
  NOTHING_REMOVED,
  type Removed,
  totalRemoved,
} from '../../vault/ports/bundle-store.ts';
import { isConditionFailure, translating } from '../aws/errors.ts';
import { bundlePartition, primaryKey } from './bundle-item.ts';
import { removeItem } from './remove.ts';

const DELETES_AT_ONCE = 16;

/**
 * A {@link BundleEraser} on one table. Needs `Query`, `DeleteItem`, `UpdateItem` and, for notes, `PutItem`. Not
 * `BatchWriteItem`, whose deletes take no condition.
 */
export function dynamoBundleEraser(documents: DynamoDBDocumentClient, table: string): BundleEraser {
  async function removeAll(app: string, tag: string, createdBeforeS: number): Promise<Removed> {
    const pages = paginateQuery(
      { client: documents },
      {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        FilterExpression: 'createdAt < :before',
        ExpressionAttributeValues: { ':pk': bundlePartition(app, tag), ':before': createdBeforeS },
        ProjectionExpression: 'pk, sk',
      },
    );
    const removed: Removed[] = [];
    for await (const { Items = [] } of pages) {
      for (let start = 0; start < Items.length; start += DELETES_AT_ONCE) {
        const keys = Items.slice(start, start + DELETES_AT_ONCE);
        const remove = keys.map(({ pk, sk }) => removeItem(documents, { TableName: table, Key: { pk, sk } }));
        removed.push(...(await Promise.all(remove)));
      }
    }
    return totalRemoved(removed);
  }

  return {
    async noteErasure(app, tag, requestedAtS) {
      const note = new PutCommand({
        TableName: table,
        Item: {
          ...primaryKey({ app, tag, id: ERASURE_ID }),
          expiresAt: requestedAtS + ERASURE_REPEAT_S,
          shard: expiryShard(tag),
        },
      });
      await translating('note an erasure', {}, () => documents.send(note));
    },

    eraseSubject(app, tag, createdBeforeS = Number.MAX_SAFE_INTEGER) {
      return translating('erase a subject', {}, async () => {
        const removed: Removed[] = [];
        // The strongly consistent query that finds nothing is the instant of the erasure.
        for (let last = await removeAll(app, tag, createdBeforeS); last.bundles.size > 0; ) {
          removed.push(last);
          last = await removeAll(app, tag, createdBeforeS);
        }
        return totalRemoved(removed);
      });
    },

    eraseField(key, index) {
      return translating('erase a field', {}, async () => {
        try {
          await documents.send(
            new UpdateCommand({
              TableName: table,
              Key: primaryKey(key),
              UpdateExpression: 'REMOVE #fields.#index',
              ConditionExpression: 'attribute_exists(#fields.#index)',
              ExpressionAttributeNames: { '#fields': 'fields', '#index': String(index) },
            }),
          );
        } catch (error) {
          if (isConditionFailure(error)) return NOTHING_REMOVED;
          throw error;
        }
        // A condition of its own: when two erasures take the last two fields at once, exactly one deletes the bundle.
        const { bundles } = await removeItem(documents, {
          TableName: table,
          Key: primaryKey(key),
          ConditionExpression: 'size(#fields) = :none',
          ExpressionAttributeNames: { '#fields': 'fields' },
          ExpressionAttributeValues: { ':none': 0 },
        });
        return { fields: 1, bundles };
      });
    },
  };
}
