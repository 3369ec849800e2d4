// The ledger in DynamoDB: one item for each slot of a holder, with its tally and, at the end, its receipts.

import { type DynamoDBDocumentClient, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { holderName, type KeyHolder } from '../../vault/domain/kek-life/holder.ts';
import type { ReceiptLedger, ReceiptTrail, TallyLedger } from '../../vault/ports/ledger.ts';
import { errorName, isRefusal, translating, unavailable } from '../aws/errors.ts';
import { everyItem } from './every-item.ts';
import { slotInSortKey, slotSortKey } from './slot-key.ts';

const ADDING = 'add to a tally';

/** A {@link TallyLedger} on the ledger table. Needs only `UpdateItem`. */
export function dynamoTallyLedger(documents: DynamoDBDocumentClient, table: string): TallyLedger {
  return {
    async add(holder, slot, { swept = 0, erased = 0 }) {
      const update = new UpdateCommand({
        TableName: table,
        Key: { pk: holderName(holder), sk: slotSortKey(slot) },
        UpdateExpression: 'ADD swept :swept, erased :erased',
        ExpressionAttributeValues: { ':swept': swept, ':erased': erased },
      });
      await translating(ADDING, {}, () => documents.send(triedOnce(update)));
    },
  };
}

/** Makes the SDK repeat a command only when DynamoDB has refused it: without an answer it may have been carried out. */
function triedOnce(update: UpdateCommand): UpdateCommand {
  update.middlewareStack.add(
    (next) => (args) =>
      next(args).catch((error: unknown) => {
        if (isRefusal(error)) throw error;
        // No `cause`: the SDK would find the lost answer in it and send the command again.
        throw unavailable(ADDING, errorName(error));
      }),
    // Low priority runs inside the SDK's repetition.
    { step: 'finalizeRequest', priority: 'low', name: 'tryOnce', override: true },
  );
  return update;
}

/** A {@link ReceiptLedger} on the ledger table. Needs `GetItem`, `Query` and `UpdateItem`. */
export function dynamoReceiptLedger(documents: DynamoDBDocumentClient, table: string): ReceiptLedger {
  async function fileAs(
    name: 'receipt' | 'keyGoneReceipt',
    holder: KeyHolder,
    slot: number,
    receipt: string,
  ): Promise<void> {
    const update = new UpdateCommand({
      TableName: table,
      Key: { pk: holderName(holder), sk: slotSortKey(slot) },
      UpdateExpression: `SET ${name} = if_not_exists(${name}, :receipt)`,
      ExpressionAttributeValues: { ':receipt': receipt },
    });
    await translating('file a receipt', {}, () => documents.send(update));
  }

  return {
    async tally(holder, slot) {
      const get = new GetCommand({
        TableName: table,
        Key: { pk: holderName(holder), sk: slotSortKey(slot) },
        ConsistentRead: true,
      });
      const { Item } = await translating('read a tally', {}, () => documents.send(get));
      return { swept: Number(Item?.swept ?? 0), erased: Number(Item?.erased ?? 0) };
    },

    async file(holder, slot, receipt) {
      await fileAs('receipt', holder, slot, receipt);
    },

    async receipt(holder, slot) {
      const get = new GetCommand({
        TableName: table,
        Key: { pk: holderName(holder), sk: slotSortKey(slot) },
        ConsistentRead: true,
      });
      const { Item } = await translating('read a receipt', {}, () => documents.send(get));
      return typeof Item?.receipt === 'string' ? Item.receipt : undefined;
    },

    async fileKeyGone(holder, slot, receipt) {
      await fileAs('keyGoneReceipt', holder, slot, receipt);
    },

    async receipts(holder) {
      const items = await everyItem(documents, 'read receipts', {
        TableName: table,
        KeyConditionExpression: 'pk = :holder',
        FilterExpression: 'attribute_exists(receipt) OR attribute_exists(keyGoneReceipt)',
        ExpressionAttributeValues: { ':holder': holderName(holder) },
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
    async recentReceipts(holder, limit) {
      const query = new QueryCommand({
        TableName: table,
        ScanIndexForward: false,
        KeyConditionExpression: 'pk = :holder',
        ExpressionAttributeValues: { ':holder': holderName(holder) },
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
