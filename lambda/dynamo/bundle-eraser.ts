// Erasing bundles and single fields in DynamoDB before they expire.

import { randomUUID } from 'node:crypto';
import { type DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type BundleEraser, NOTHING_REMOVED, type Removed, totalRemoved } from '../../vault/ports/bundle-store.ts';
import { conditionHolds, translating } from '../aws/errors.ts';
import { inBatches } from '../aws/in-batches.ts';
import { VAULT_TABLE } from '../config.ts';
import { blobNote, erasureNote, primaryKey } from './bundle-item.ts';
import { type PointedBundle, pointedBundles } from './pointers.ts';
import { removeItem } from './remove.ts';

const DELETES_AT_ONCE = 16;

/**
 * A {@link BundleEraser} on one table. Needs `Query` of pointers, `DeleteItem`, `UpdateItem` and, for notes, `PutItem` of
 * keys. Not `BatchWriteItem`, whose deletes take no condition.
 */
export function dynamoBundleEraser(documents: DynamoDBDocumentClient, table: string): BundleEraser {
  return {
    async noteErasure(app, subjectTag, requestedAtS) {
      const note = new PutCommand({ TableName: table, Item: erasureNote(app, subjectTag, requestedAtS) });
      await translating('note an erasure', {}, () => documents.send(note));
    },

    async noteBlob(blob, dueAtS) {
      const note = new PutCommand({ TableName: table, Item: blobNote(blob, dueAtS) });
      await translating('note an erased blob', {}, () => documents.send(note));
    },

    eraseSubject(app, subjectTag, nowS) {
      // One consistent look is enough: a ref is answered only after its pointer is written. The sweeper repeats it later.
      return translating('erase a subject', {}, async () => {
        const removed: Removed[] = [];
        for await (const page of pointedBundles(documents, table, { app, subjectTag, nowS })) {
          const remove = ({ key }: PointedBundle) => removeItem(documents, { TableName: table, Key: primaryKey(key) });
          removed.push(...(await inBatches(page, DELETES_AT_ONCE, remove)));
        }
        return totalRemoved(removed);
      });
    },

    eraseField(key, index, possessionTag) {
      return translating('erase a field', {}, async () => {
        const erase = new UpdateCommand({
          TableName: table,
          Key: primaryKey(key),
          UpdateExpression: 'REMOVE #fields.#index SET #eraser = :eraser',
          // No read before it: only the holder of the ref can name the tag that the field begins with. The second half accepts a
          // request that the SDK repeats because the first answer got lost.
          ConditionExpression: 'begins_with(#fields.#index, :tag) OR #eraser = :eraser',
          ExpressionAttributeNames: {
            '#fields': VAULT_TABLE.fields,
            '#index': String(index),
            '#eraser': VAULT_TABLE.eraser,
          },
          ExpressionAttributeValues: { ':tag': possessionTag, ':eraser': randomUUID() },
        });
        if (!(await conditionHolds(() => documents.send(erase)))) return NOTHING_REMOVED;
        // A separate condition: when two erasures take the last two fields at once, exactly one deletes the bundle.
        const { bundles, blobs } = await removeItem(documents, {
          TableName: table,
          Key: primaryKey(key),
          ConditionExpression: 'size(#fields) = :none',
          ExpressionAttributeNames: { '#fields': VAULT_TABLE.fields },
          ExpressionAttributeValues: { ':none': 0 },
        });
        return blobs ? { fields: 1, bundles, blobs } : { fields: 1, bundles };
      });
    },
  };
}
