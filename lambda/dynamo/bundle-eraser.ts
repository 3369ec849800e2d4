// Erasing bundles and single fields in DynamoDB before they expire.

import { type DynamoDBDocumentClient, PutCommand, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import {
  type BundleEraser,
  ERASURE_ID,
  ERASURE_REPEAT_S,
  expiryShardOf,
  NOTHING_REMOVED,
  type Removed,
  sumOf,
} from '../../vault/ports/bundle-store.ts';
import { isConditionFailure, translating } from '../aws/errors.ts';
import { partitionOf, primaryKeyOf } from './bundle-item.ts';
import { removeItem } from './remove.ts';

const DELETES_AT_ONCE = 16;

/**
 * A {@link BundleEraser} on one table. Needs `Query`, `DeleteItem`, `UpdateItem` and, for the note, `PutItem`; never
 * `BatchWriteItem`.
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
        ExpressionAttributeValues: { ':pk': partitionOf(app, tag), ':before': createdBeforeS },
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
    return sumOf(removed);
  }

  return {
    async noteErasure(app, tag, requestedAtS) {
      const note = new PutCommand({
        TableName: table,
        Item: {
          ...primaryKeyOf({ app, tag, id: ERASURE_ID }),
          expiresAt: requestedAtS + ERASURE_REPEAT_S,
          shard: expiryShardOf(tag),
        },
      });
      await translating('note an erasure', {}, () => documents.send(note));
    },

    eraseSubject(app, tag, createdBeforeS = Number.MAX_SAFE_INTEGER) {
      return translating('erase a subject', {}, async () => {
        const removed: Removed[] = [];
        // Until a strongly consistent look finds nothing: that look is the instant of the erasure.
        for (let last = await removeAll(app, tag, createdBeforeS); last.bundles.size > 0; ) {
          removed.push(last);
          last = await removeAll(app, tag, createdBeforeS);
        }
        return sumOf(removed);
      });
    },

    eraseField(key, index) {
      return translating('erase a field', {}, async () => {
        try {
          await documents.send(
            new UpdateCommand({
              TableName: table,
              Key: primaryKeyOf(key),
              UpdateExpression: 'REMOVE #fields.#index',
              ConditionExpression: 'attribute_exists(#fields.#index)',
              ExpressionAttributeNames: { '#fields': 'fields', '#index': String(index) },
            }),
          );
        } catch (error) {
          if (isConditionFailure(error)) return NOTHING_REMOVED;
          throw error;
        }
        // On its own condition, so that of two erasures that took the last two fields at once one deletes the bundle.
        const { bundles } = await removeItem(documents, {
          TableName: table,
          Key: primaryKeyOf(key),
          ConditionExpression: 'size(#fields) = :none',
          ExpressionAttributeNames: { '#fields': 'fields' },
          ExpressionAttributeValues: { ':none': 0 },
        });
        return { fields: 1, bundles };
      });
    },
  };
}
