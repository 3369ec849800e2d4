// Deletes one item of the vault table and returns what it counted for.

import type { DeleteCommandInput, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NOTHING_REMOVED, type Removed } from '../../vault/ports/bundle-store.ts';
import { blobOf, keyInSortKey, readPool } from './bundle-item.ts';
import { takeItem } from './take.ts';

/** What the item counted for: nothing where {@link takeItem} gives nothing. */
export async function removeItem(documents: DynamoDBDocumentClient, input: DeleteCommandInput): Promise<Removed> {
  const item = await takeItem(documents, input);
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
