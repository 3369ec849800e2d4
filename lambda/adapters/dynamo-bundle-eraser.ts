// Erasing bundles and single fields in DynamoDB before they expire.

import {
  DeleteCommand,
  type DeleteCommandInput,
  type DynamoDBDocumentClient,
  paginateQuery,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { BundleEraser } from '../ports/bundle-store.ts';
import { isConditionFailure, translating } from './aws-errors.ts';
import { partitionOf, primaryKeyOf } from './dynamo-bundle-item.ts';

const DELETES_AT_ONCE = 16;

/** A {@link BundleEraser} on one table. Needs `Query`, `DeleteItem` and `UpdateItem`; never `BatchWriteItem`, which could also put. */
export function dynamoBundleEraser(documents: DynamoDBDocumentClient, table: string): BundleEraser {
  /** How many fields went with the bundle; `undefined` when the condition did not hold. */
  async function remove(input: Omit<DeleteCommandInput, 'TableName'>): Promise<number | undefined> {
    try {
      const { Attributes } = await documents.send(
        new DeleteCommand({ TableName: table, ReturnValues: 'ALL_OLD', ...input }),
      );
      return Object.keys(Attributes?.fields ?? {}).length;
    } catch (error) {
      if (isConditionFailure(error)) return undefined;
      throw error;
    }
  }

  return {
    async eraseSubject(app, tag) {
      return translating('erase a subject', {}, async () => {
        const pages = paginateQuery(
          { client: documents },
          {
            TableName: table,
            ConsistentRead: true,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': partitionOf(app, tag) },
            ProjectionExpression: 'pk, sk',
          },
        );
        let removed = 0;
        for await (const { Items = [] } of pages) {
          for (let start = 0; start < Items.length; start += DELETES_AT_ONCE) {
            const keys = Items.slice(start, start + DELETES_AT_ONCE);
            const counts = await Promise.all(keys.map(({ pk, sk }) => remove({ Key: { pk, sk } })));
            removed += counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
          }
        }
        return removed;
      });
    },

    async eraseField(key, index) {
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
          if (isConditionFailure(error)) return false;
          throw error;
        }
        // On its own condition, so that of two erasures that took the last two fields at once one deletes the bundle.
        await remove({
          Key: primaryKeyOf(key),
          ConditionExpression: 'size(#fields) = :none',
          ExpressionAttributeNames: { '#fields': 'fields' },
          ExpressionAttributeValues: { ':none': 0 },
        });
        return true;
      });
    },
  };
}
