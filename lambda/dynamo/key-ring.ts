// Reads the key ring from DynamoDB: an app's settings and its slots, side by side.

import { type DynamoDBDocumentClient, GetCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import { isDaykeyError } from '../../vault/domain/errors.ts';
import type { KeyHolder } from '../../vault/domain/kek-life/holder.ts';
import type { KeyRing, KeyRingWriter, KeySlots } from '../../vault/ports/key-ring.ts';
import { translating } from '../aws/errors.ts';
import { everyItem } from './every-item.ts';
import { recordKey } from './record-row.ts';
import { appOfPartition, isAppName, readRing, readSlots } from './ring-row.ts';
import { slotPartition } from './slot-key.ts';

type Row = Readonly<Record<string, unknown>>;

/** A {@link KeyRing}, and {@link KeySlots}, on the ring table. Needs only `GetItem` and `Query`. */
export function dynamoKeyRing(documents: DynamoDBDocumentClient, table: string): KeyRing & KeySlots {
  const slotRows = (holder: KeyHolder) =>
    everyItem(documents, 'read slots', {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :slots',
      ExpressionAttributeValues: { ':slots': slotPartition(holder) },
    });
  return {
    async read(app) {
      // Other partitions are never looked up.
      if (!isAppName(app)) return undefined;
      const get = new GetCommand({ TableName: table, Key: recordKey(app), ConsistentRead: true });
      const [{ Item }, slots] = await Promise.all([
        translating('read the settings of an app', {}, () => documents.send(get)),
        slotRows({ app }),
      ]);
      return Item && readRing([Item, ...slots]);
    },

    slotsOf: async (holder) => readSlots(await slotRows(holder)),
  };
}

/**
 * Reads every ring. Needs `Scan`.
 *
 * All rows are held in memory, since a Scan does not promise to return the rows of one app together. 10,000 apps with five
 * rows each take about 20 MB.
 */
export function dynamoKeyRings(documents: DynamoDBDocumentClient, table: string): KeyRingWriter['all'] {
  return async function* all(onUnreadable) {
    const rowsByApp = new Map<string, Row[]>();
    await translating('read every key ring', {}, async () => {
      for await (const { Items = [] } of paginateScan(
        { client: documents },
        { TableName: table, ConsistentRead: true },
      )) {
        for (const row of Items) {
          const app = appOfPartition(row.pk);
          if (app === undefined) continue;
          const rows = rowsByApp.get(app) ?? [];
          rowsByApp.set(app, rows);
          rows.push(row);
        }
      }
    });
    for (const [app, rows] of rowsByApp) {
      let ring: ReturnType<typeof readRing>;
      try {
        ring = readRing(rows);
      } catch (error) {
        if (!isDaykeyError(error, 'settings-unreadable')) throw error;
        onUnreadable?.(app, error);
      }
      if (ring) yield ring;
    }
  };
}
