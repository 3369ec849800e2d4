// Deletes one item of the vault table and returns what it held.

import { DeleteCommand, type DeleteCommandInput, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { NOTHING_REMOVED, type Removed } from '../../vault/ports/bundle-store.ts';
import { isConditionFailure } from '../aws/errors.ts';
import { blobOf, keyInSortKey, readPool } from './bundle-item.ts';

/** What the item held; nothing when it was gone already or the condition did not hold. */
export async function removeItem(documents: DynamoDBDocumentClient, input: DeleteCommandInput): Promise<Removed> {
  try {
    const { Attributes } = await documents.send(new DeleteCommand({ ...input, ReturnValues: 'ALL_OLD' }));
    // The note of an erasure has no slot and is not a bundle.
    if (typeof Attributes?.slot !== 'number') return NOTHING_REMOVED;
    const { slot, pool, fields = {} } = Attributes;
    const removed = {
      fields: Object.keys(fields).length,
      bundles: [{ pool: readPool(pool) ?? 'own', slot, count: 1 }],
    };
    const key = keyInSortKey(Attributes.sk);
    const blob = key && blobOf(key, Attributes.blobDays);
    return blob ? { ...removed, blobs: [blob] } : removed;
  } catch (error) {
    if (isConditionFailure(error)) return NOTHING_REMOVED;
    throw error;
  }
}
