// Reads the key ring from DynamoDB: an app's settings and slots share a partition, so one Query reads them all.

import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { isDaykeyError } from '../../vault/domain/errors.ts';
import type { KeyRing, KeyRingWriter } from '../../vault/ports/key-ring.ts';
import { translating } from '../aws/errors.ts';
import { everyItem } from './every-item.ts';
import { isAppPartition, readRing } from './ring-row.ts';

type Row = Readonly<Record<string, unknown>>;

/** A {@link KeyRing} on the ring table. Needs only `Query`. */
export function dynamoKeyRing(documents: DynamoDBDocumentClient, table: string): KeyRing {
  return {
    async read(app) {
      // Names of other partitions are never looked up.
      if (!isAppPartition(app)) return undefined;
      const rows = await everyItem(documents, 'read the key ring', {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :app',
        ExpressionAttributeValues: { ':app': app },
      });
      return readRing(rows);
    },
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
        for (const row of Items.filter(({ pk }) => isAppPartition(pk))) {
          const rows = rowsByApp.get(row.pk) ?? [];
          rowsByApp.set(row.pk, rows);
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
