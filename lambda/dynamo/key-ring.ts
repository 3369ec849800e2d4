// Reads the key ring from DynamoDB: an app's settings and its slots, side by side.

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { KeyHolder } from '../../vault/domain/kek-life/holder.ts';
import type { KeyRing, KeySlots } from '../../vault/ports/key-ring.ts';
import { everyItem, getItem, type Item, inPartition } from './calls.ts';
import { recordKey, slotPartition } from './ring-key.ts';
import { isAppName, readRing, readSlots } from './ring-row.ts';

/** A {@link KeyRing}, and {@link KeySlots}, on the ring table. Needs only `GetItem` and `Query`. */
export function dynamoKeyRing(documents: DynamoDBDocumentClient, table: string): KeyRing & KeySlots {
  const slotRows = dynamoSlotRows(documents, table);
  return {
    async read(app) {
      // Other partitions are never looked up.
      if (!isAppName(app)) return undefined;
      const [record, slots] = await Promise.all([
        getItem(documents, 'read the settings of an app', { TableName: table, Key: recordKey(app) }),
        slotRows({ app }),
      ]);
      return record && readRing([record, ...slots]);
    },

    slotsOf: async (holder) => readSlots(await slotRows(holder)),
  };
}

/** Reads the rows of a holder by a consistent query: its slots and its plan. */
export function dynamoSlotRows(documents: DynamoDBDocumentClient, table: string) {
  return (holder: KeyHolder): Promise<readonly Item[]> =>
    everyItem(documents, 'read slots', inPartition(table, slotPartition(holder)));
}
