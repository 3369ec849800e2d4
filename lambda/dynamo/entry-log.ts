// The entry log in DynamoDB: a row for each entry, a note of its end, and pointers to it from its subject and its thread.

import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  paginateQuery,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { ConsoleReaper, EntryLog, EntryLogEraser } from '../../vault/ports/entry-log.ts';
import { conditionHolds, translating } from '../aws/errors.ts';
import { inBatches } from '../aws/in-batches.ts';
import { expiryDigits } from './bundle-item.ts';
import {
  dueNote,
  duePartition,
  type ItemKey,
  LOG_SHARDS,
  logKey,
  logPartition,
  pointerItem,
  tagPartition,
} from './console-item.ts';

type Item = Readonly<Record<string, unknown>>;

const DELETES_AT_ONCE = 16;
const PAGE_NOTES = 256;
const SHARDS = Array.from({ length: LOG_SHARDS }, (_, shard) => shard);

/** An {@link EntryLog}. Needs only `PutItem`. */
export function dynamoEntryLog(documents: DynamoDBDocumentClient, table: string): EntryLog {
  const put = (Item: Record<string, unknown>) => documents.send(new PutCommand({ TableName: table, Item }));
  return {
    async write(row, tags) {
      const { app, id, expiresAtS } = row;
      const key = logKey(row);
      const { wrappedKey, box } = row.sealed;
      await translating('log an entry', {}, async () => {
        // Note and pointers first: a row without them would outlive its end, or the erasure of its subject.
        await Promise.all([
          put(dueNote(key, expiresAtS, id)),
          ...tags.map((tag) => put(pointerItem(app, tag, key, expiresAtS))),
        ]);
        await put({ ...key, expiresAt: expiresAtS, face: JSON.stringify(row.face), wrappedKey, box });
      });
    },
  };
}

/** An {@link EntryLogEraser}. Needs `Query` of keys, and `DeleteItem`. */
export function dynamoEntryLogEraser(documents: DynamoDBDocumentClient, table: string): EntryLogEraser {
  const inPartition = (pk: string, projection: Partial<QueryCommandInput>): QueryCommandInput => ({
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': pk },
    ...projection,
  });
  async function deleteFound(query: QueryCommandInput, keyIn: (item: Item) => ItemKey): Promise<void> {
    for await (const { Items = [] } of paginateQuery({ client: documents }, query)) {
      await inBatches(Items.map(keyIn), DELETES_AT_ONCE, (key) => deleteItem(documents, table, key));
    }
  }

  return {
    async eraseTag(app, tag) {
      const row = { ProjectionExpression: '#row', ExpressionAttributeNames: { '#row': 'row' } };
      await translating('erase rows of the entry log', {}, () =>
        deleteFound(inPartition(tagPartition(app, tag), row), (item) => item.row as ItemKey),
      );
    },
    async eraseApp(app) {
      const keys = { ProjectionExpression: 'pk, sk' };
      await translating('erase the entry log of an app', {}, async () => {
        for (const shard of SHARDS)
          await deleteFound(inPartition(logPartition(app, shard), keys), (item) => item as unknown as ItemKey);
      });
    },
  };
}

/** A {@link ConsoleReaper}. Needs `Query` of notes, and `DeleteItem`. */
export function dynamoConsoleReaper(documents: DynamoDBDocumentClient, table: string): ConsoleReaper {
  async function deleteNoted({ pk, sk, item }: Item, nowS: number): Promise<void> {
    const { pk: itemPk, sk: itemSk } = item as ItemKey;
    const deleteIfEnded = new DeleteCommand({
      TableName: table,
      Key: { pk: itemPk, sk: itemSk },
      // A reveal that is asked for again has the key of the request that ended, a later end, and a second note.
      ConditionExpression: 'attribute_not_exists(expiresAt) OR expiresAt <= :now',
      ExpressionAttributeValues: { ':now': nowS },
    });
    // The note goes last: after a failure the next run finds it again.
    await conditionHolds(() => documents.send(deleteIfEnded));
    await deleteItem(documents, table, { pk: String(pk), sk: String(sk) });
  }
  return {
    async deleteEnded(nowS, limit) {
      let deleted = 0;
      for (const shard of SHARDS) {
        const pages = paginateQuery(
          { client: documents, pageSize: PAGE_NOTES },
          {
            TableName: table,
            ConsistentRead: true,
            KeyConditionExpression: 'pk = :pk AND sk < :after',
            ExpressionAttributeValues: { ':pk': duePartition(shard), ':after': expiryDigits(nowS + 1) },
            ProjectionExpression: 'pk, sk, #item',
            ExpressionAttributeNames: { '#item': 'item' },
          },
        );
        await translating('delete what has ended in the Console', {}, async () => {
          for await (const { Items = [] } of pages) {
            await inBatches(Items, DELETES_AT_ONCE, (note) => deleteNoted(note, nowS));
            deleted += Items.length;
            if (deleted >= limit) return;
          }
        });
        if (deleted >= limit) break;
      }
      return deleted;
    },
  };
}

async function deleteItem(documents: DynamoDBDocumentClient, table: string, { pk, sk }: ItemKey): Promise<void> {
  await documents.send(new DeleteCommand({ TableName: table, Key: { pk, sk } }));
}
