// Erasing bundles and single fields in DynamoDB before they expire.

import { type DynamoDBDocumentClient, PutCommand, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import {
  type BundleEraser,
  ERASURE_REPEAT_S,
  NOTHING_REMOVED,
  type Removed,
  shardOf,
  totalRemoved,
} from '../../vault/ports/bundle-store.ts';
import { isConditionFailure, translating } from '../aws/errors.ts';
import { VAULT_TABLE } from '../config.ts';
import { erasureKeyOf, keyInSortKey, pointerPartition, primaryKey } from './bundle-item.ts';
import { removeItem } from './remove.ts';

const DELETES_AT_ONCE = 16;

/**
 * A {@link BundleEraser} on one table. Needs `Query`, `DeleteItem`, `UpdateItem` and, for notes, `PutItem`. Not
 * `BatchWriteItem`, whose deletes take no condition.
 */
export function dynamoBundleEraser(documents: DynamoDBDocumentClient, table: string): BundleEraser {
  async function removeAll(app: string, subjectTag: string, createdBeforeS: number): Promise<Removed> {
    const pages = paginateQuery(
      { client: documents },
      {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        FilterExpression: 'createdAt < :before',
        ExpressionAttributeValues: {
          ':pk': pointerPartition(app, subjectTag),
          ':before': createdBeforeS,
        },
        ProjectionExpression: 'sk',
      },
    );
    const removed: Removed[] = [];
    for await (const { Items = [] } of pages) {
      const keys = Items.map(keyInSortKey).filter((key) => key?.app === app);
      for (let start = 0; start < keys.length; start += DELETES_AT_ONCE) {
        const remove = keys.slice(start, start + DELETES_AT_ONCE).map(async (key) => {
          return key ? await removeItem(documents, { TableName: table, Key: primaryKey(key) }) : NOTHING_REMOVED;
        });
        removed.push(...(await Promise.all(remove)));
      }
    }
    return totalRemoved(removed);
  }

  return {
    async noteErasure(app, subjectTag, requestedAtS) {
      const note = new PutCommand({
        TableName: table,
        Item: {
          ...erasureKeyOf(app, subjectTag),
          [VAULT_TABLE.expiry]: requestedAtS + ERASURE_REPEAT_S,
          [VAULT_TABLE.shard]: shardOf(subjectTag),
        },
      });
      await translating('note an erasure', {}, () => documents.send(note));
    },

    eraseSubject(app, subjectTag, createdBeforeS = Number.MAX_SAFE_INTEGER) {
      // One consistent look is enough: a ref is answered only after its pointer is written. The sweeper repeats it later.
      return translating('erase a subject', {}, () => removeAll(app, subjectTag, createdBeforeS));
    },

    eraseField(key, index, possessionTag) {
      return translating('erase a field', {}, async () => {
        try {
          await documents.send(
            new UpdateCommand({
              TableName: table,
              Key: primaryKey(key),
              UpdateExpression: 'REMOVE #fields.#index',
              // No read before it: only the holder of the ref can name the tag that the field begins with.
              ConditionExpression: 'begins_with(#fields.#index, :tag)',
              ExpressionAttributeNames: { '#fields': 'fields', '#index': String(index) },
              ExpressionAttributeValues: { ':tag': possessionTag },
            }),
          );
        } catch (error) {
          if (isConditionFailure(error)) return NOTHING_REMOVED;
          throw error;
        }
        // A separate condition: when two erasures take the last two fields at once, exactly one deletes the bundle.
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
