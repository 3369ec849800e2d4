// Erasing bundles and single fields in DynamoDB before they expire.

import { randomUUID } from 'node:crypto';
import type { DeleteCommandInput, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type BundleEraser, NOTHING_REMOVED, type Removed, totalRemoved } from '../../vault/ports/bundle-store.ts';
import { inBatches } from '../aws/in-batches.ts';
import { VAULT_TABLE } from '../config.ts';
import { blobNote, blobOf, erasureNote, keyInSortKey, primaryKey, readPool } from './bundle-item.ts';
import { conditionHeld, putItem, takeItem, updateItem } from './calls.ts';
import { type PointedBundle, pointedBundles } from './pointers.ts';

const DELETES_AT_ONCE = 16;
const { fields: FIELDS, eraser: ERASER } = VAULT_TABLE;

/**
 * A {@link BundleEraser} on one table. Needs `Query` of pointers, `DeleteItem`, `UpdateItem` and, for notes, `PutItem` of
 * keys. Not `BatchWriteItem`, whose deletes take no condition.
 */
export function dynamoBundleEraser(documents: DynamoDBDocumentClient, table: string): BundleEraser {
  return {
    async noteErasure(app, subjectTag, requestedAtS) {
      const Item = erasureNote(app, subjectTag, requestedAtS);
      await putItem(documents, 'note an erasure', { TableName: table, Item });
    },

    async noteBlob(blob, dueAtS) {
      await putItem(documents, 'note an erased blob', { TableName: table, Item: blobNote(blob, dueAtS) });
    },

    async eraseSubject(app, subjectTag, nowS) {
      // One consistent look is enough: a ref is answered only after its pointer is written. The sweeper repeats it later.
      const removed: Removed[] = [];
      for await (const page of pointedBundles(documents, table, { app, subjectTag, nowS })) {
        const remove = ({ key }: PointedBundle) => removeBundle(documents, { TableName: table, Key: primaryKey(key) });
        removed.push(...(await inBatches(page, DELETES_AT_ONCE, remove)));
      }
      return totalRemoved(removed);
    },

    async eraseField(key, index, possessionTag) {
      const erase = updateItem(documents, 'erase a field', {
        TableName: table,
        Key: primaryKey(key),
        UpdateExpression: `REMOVE #${FIELDS}.#${index} SET #${ERASER} = :eraser`,
        // No read before it: only the holder of the ref can name the tag that the field begins with. The second half accepts a
        // request that the SDK repeats because the first answer got lost.
        ConditionExpression: `begins_with(#${FIELDS}.#${index}, :tag) OR #${ERASER} = :eraser`,
        ExpressionAttributeValues: { ':tag': possessionTag, ':eraser': randomUUID() },
      });
      if (!(await conditionHeld(erase))) return NOTHING_REMOVED;
      // A separate condition: when two erasures take the last two fields at once, exactly one deletes the bundle.
      const { bundles, blobs } = await removeBundle(documents, {
        TableName: table,
        Key: primaryKey(key),
        ConditionExpression: `size(#${FIELDS}) = :none`,
        ExpressionAttributeValues: { ':none': 0 },
      });
      return blobs ? { fields: 1, bundles, blobs } : { fields: 1, bundles };
    },
  };
}

/** Deletes an item and says what it counted for: nothing where {@link takeItem} gives nothing. */
async function removeBundle(documents: DynamoDBDocumentClient, input: DeleteCommandInput): Promise<Removed> {
  const item = await takeItem(documents, 'erase a bundle', input);
  // The note of an erasure has no slot and is not a bundle.
  if (typeof item?.slot !== 'number') return NOTHING_REMOVED;
  const { slot, pool, fields = {} } = item;
  const removed = {
    fields: Object.keys(fields as object).length,
    bundles: [{ pool: readPool(pool) ?? 'own', slot, count: 1 }],
  };
  const key = keyInSortKey(item.sk);
  const blob = key && blobOf(key, item.blobDays);
  return blob ? { ...removed, blobs: [blob] } : removed;
}
