// The ledger in DynamoDB: one item for each app and slot, with its tally and, at the end, its receipts.

import { type DynamoDBDocumentClient, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ReceiptLedger, ReceiptTrail, TallyLedger } from '../../vault/ports/ledger.ts';
import { translating } from '../aws/errors.ts';
import { everyItem } from './every-item.ts';
import { slotInSortKey, slotSortKey } from './slot-key.ts';

/** A {@link TallyLedger} on the ledger table. Needs only `UpdateItem`. */
export function dynamoTallyLedger(documents: DynamoDBDocumentClient, table: string): TallyLedger {
  return {
    async add(app, slot, { swept = 0, erased = 0 }) {
      const update = new UpdateCommand({
        TableName: table,
        Key: { pk: app, sk: slotSortKey(slot) },
        UpdateExpression: 'ADD swept :swept, erased :erased',
        ExpressionAttributeValues: { ':swept': swept, ':erased': erased },
      });
      await translating('add to a tally', {}, () => documents.send(update));
    },
  };
}

/** A {@link ReceiptLedger} on the ledger table. Needs `GetItem`, `Query` and `UpdateItem`. */
export function dynamoReceiptLedger(documents: DynamoDBDocumentClient, table: string): ReceiptLedger {
  async function fileAs(name: 'receipt' | 'keyGoneReceipt', app: string, slot: number, receipt: string): Promise<void> {
    const update = new UpdateCommand({
      TableName: table,
      Key: { pk: app, sk: slotSortKey(slot) },
      UpdateExpression: `SET ${name} = if_not_exists(${name}, :receipt)`,
      ExpressionAttributeValues: { ':receipt': receipt },
    });
    await translating('file a receipt', {}, () => documents.send(update));
  }

  return {
    async tally(app, slot) {
      const get = new GetCommand({ TableName: table, Key: { pk: app, sk: slotSortKey(slot) }, ConsistentRead: true });
      const { Item } = await translating('read a tally', {}, () => documents.send(get));
      return { swept: Number(Item?.swept ?? 0), erased: Number(Item?.erased ?? 0) };
    },

    async file(app, slot, receipt) {
      await fileAs('receipt', app, slot, receipt);
    },

    async receipt(app, slot) {
      const get = new GetCommand({ TableName: table, Key: { pk: app, sk: slotSortKey(slot) }, ConsistentRead: true });
      const { Item } = await translating('read a receipt', {}, () => documents.send(get));
      return typeof Item?.receipt === 'string' ? Item.receipt : undefined;
    },

    async fileKeyGone(app, slot, receipt) {
      await fileAs('keyGoneReceipt', app, slot, receipt);
    },

    async receipts(app) {
      const items = await everyItem(documents, 'read receipts', {
        TableName: table,
        KeyConditionExpression: 'pk = :app',
        FilterExpression: 'attribute_exists(receipt) OR attribute_exists(keyGoneReceipt)',
        ExpressionAttributeValues: { ':app': app },
      });
      return items
        .flatMap(({ receipt, keyGoneReceipt }) => [receipt, keyGoneReceipt])
        .filter((receipt) => receipt !== undefined)
        .map(String);
    },
  };
}

/** A {@link ReceiptTrail} on the ledger table. Needs only `Query`. */
export function dynamoReceiptTrail(documents: DynamoDBDocumentClient, table: string): ReceiptTrail {
  return {
    async recentReceipts(app, limit) {
      const query = new QueryCommand({
        TableName: table,
        ScanIndexForward: false,
        KeyConditionExpression: 'pk = :app',
        ExpressionAttributeValues: { ':app': app },
        Limit: limit,
      });
      const { Items = [] } = await translating('read receipts', {}, () => documents.send(query));
      return Items.filter(({ receipt }) => typeof receipt === 'string').map((item) => ({
        slot: slotInSortKey(String(item.sk)),
        swept: Number(item.swept ?? 0),
        erased: Number(item.erased ?? 0),
        receipt: String(item.receipt),
        ...(typeof item.keyGoneReceipt === 'string' ? { keyGoneReceipt: item.keyGoneReceipt } : {}),
      }));
    },
  };
}
