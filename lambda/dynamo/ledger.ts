// The ledger in DynamoDB: one item for each slot of a holder, with its tally and, at the end, its receipts.

import { type DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { holderName, type KeyHolder } from '../../vault/domain/kek-life/holder.ts';
import type { ReceiptLedger, ReceiptTrail, Tally, TallyLedger } from '../../vault/ports/ledger.ts';
import { errorName, isRefusal, translating, unavailable } from '../aws/errors.ts';
import { everyItem, getItem, type Item, type ItemKey, inPartition, updateItem } from './calls.ts';
import { slotInSortKey, slotSortKey } from './ring-key.ts';

const ADDING = 'add to a tally';

/** A {@link TallyLedger} on the ledger table. Needs only `UpdateItem`. */
export function dynamoTallyLedger(documents: DynamoDBDocumentClient, table: string): TallyLedger {
  return {
    async add(holder, slot, { swept = 0, erased = 0 }) {
      const update = new UpdateCommand({
        TableName: table,
        Key: ledgerKey(holder, slot),
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
  const read = (holder: KeyHolder, slot: number) =>
    getItem(documents, 'read the ledger of a slot', { TableName: table, Key: ledgerKey(holder, slot) });
  const fileAs = (name: 'receipt' | 'keyGoneReceipt') => async (holder: KeyHolder, slot: number, receipt: string) => {
    await updateItem(documents, 'file a receipt', {
      TableName: table,
      Key: ledgerKey(holder, slot),
      UpdateExpression: `SET ${name} = if_not_exists(${name}, :receipt)`,
      ExpressionAttributeValues: { ':receipt': receipt },
    });
  };
  return {
    tally: async (holder, slot) => readTally((await read(holder, slot)) ?? {}),
    file: fileAs('receipt'),
    fileKeyGone: fileAs('keyGoneReceipt'),

    async receipt(holder, slot) {
      const receipt = (await read(holder, slot))?.receipt;
      return typeof receipt === 'string' ? receipt : undefined;
    },

    async receipts(holder) {
      const items = await everyItem(documents, 'read receipts', {
        ...inPartition(table, holderName(holder)),
        ConsistentRead: false,
        FilterExpression: 'attribute_exists(receipt) OR attribute_exists(keyGoneReceipt)',
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
        ...inPartition(table, holderName(holder)),
        ScanIndexForward: false,
        Limit: limit,
      });
      const { Items = [] } = await translating('read receipts', {}, () => documents.send(query));
      return Items.filter(({ receipt }) => typeof receipt === 'string').map((item) => ({
        slot: slotInSortKey(String(item.sk)),
        ...readTally(item),
        receipt: String(item.receipt),
        ...(typeof item.keyGoneReceipt === 'string' ? { keyGoneReceipt: item.keyGoneReceipt } : {}),
      }));
    },
  };
}

function ledgerKey(holder: KeyHolder, slot: number): ItemKey {
  return { pk: holderName(holder), sk: slotSortKey(slot) };
}

function readTally({ swept = 0, erased = 0 }: Item): Tally {
  return { swept: Number(swept), erased: Number(erased) };
}
