// The entry log in DynamoDB: a row for each entry, a note of its end, and pointers to it from its subject and its thread.

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ConsoleReaper, EntryLog, EntryLogEraser } from '../../vault/ports/entry-log.ts';
import { inBatches } from '../aws/in-batches.ts';
import { expiryDigits } from './bundle-item.ts';
import { conditionHeld, deleteItem, type Item, type ItemKey, inPartition, putItem, queryPages } from './calls.ts';
import { dueNote, duePartition, LOG_SHARDS, logKey, logPartition, pointerItem, tagPartition } from './console-item.ts';

const DELETES_AT_ONCE = 16;
const PAGE_NOTES = 256;
const ERASING = 'erase rows of the entry log';
const REAPING = 'delete what has ended in the Console';
const SHARDS = Array.from({ length: LOG_SHARDS }, (_, shard) => shard);

/** An {@link EntryLog}. Needs only `PutItem`. */
export function dynamoEntryLog(documents: DynamoDBDocumentClient, table: string): EntryLog {
  const put = (Item: Record<string, unknown>) => putItem(documents, 'log an entry', { TableName: table, Item });
  return {
    async write(row, tags) {
      const { app, id, expiresAtS } = row;
      const key = logKey(row);
      const { wrappedKey, box } = row.sealed;
      // Note and pointers first: a row without them would outlive its end, or the erasure of its subject.
      await Promise.all([
        put(dueNote(key, expiresAtS, id)),
        ...tags.map((tag) => put(pointerItem(app, tag, key, expiresAtS))),
      ]);
      await put({ ...key, expiresAt: expiresAtS, face: JSON.stringify(row.face), wrappedKey, box });
    },
  };
}

/** An {@link EntryLogEraser}. Needs `Query` of keys, and `DeleteItem`. */
export function dynamoEntryLogEraser(documents: DynamoDBDocumentClient, table: string): EntryLogEraser {
  async function deleteFound(pk: string, attributes: string, keyIn: (item: Item) => unknown): Promise<void> {
    const query = { ...inPartition(table, pk), ProjectionExpression: attributes };
    for await (const page of queryPages(documents, ERASING, query)) {
      const keys = page.map((item) => keyIn(item) as ItemKey);
      await inBatches(keys, DELETES_AT_ONCE, (key) => deleteKey(documents, ERASING, table, key));
    }
  }

  return {
    async eraseTag(app, tag) {
      await deleteFound(tagPartition(app, tag), '#row', ({ row }) => row);
    },
    async eraseApp(app) {
      for (const shard of SHARDS) await deleteFound(logPartition(app, shard), 'pk, sk', (item) => item);
    },
  };
}

/** A {@link ConsoleReaper}. Needs `Query` of notes, and `DeleteItem`. */
export function dynamoConsoleReaper(documents: DynamoDBDocumentClient, table: string): ConsoleReaper {
  async function deleteNoted({ pk, sk, item }: Item, nowS: number): Promise<void> {
    const { pk: itemPk, sk: itemSk } = item as ItemKey;
    const deleteIfEnded = deleteItem(documents, REAPING, {
      TableName: table,
      Key: { pk: itemPk, sk: itemSk },
      // A reveal that is asked for again has the key of the request that ended, a later end, and a second note.
      ConditionExpression: 'attribute_not_exists(expiresAt) OR expiresAt <= :now',
      ExpressionAttributeValues: { ':now': nowS },
    });
    // The note goes last: after a failure the next run finds it again.
    await conditionHeld(deleteIfEnded);
    await deleteKey(documents, REAPING, table, { pk: String(pk), sk: String(sk) });
  }
  return {
    async deleteEnded(nowS, limit) {
      let deleted = 0;
      for (const shard of SHARDS) {
        const query = {
          TableName: table,
          KeyConditionExpression: 'pk = :pk AND sk < :after',
          ExpressionAttributeValues: { ':pk': duePartition(shard), ':after': expiryDigits(nowS + 1) },
          ProjectionExpression: 'pk, sk, #item',
        };
        for await (const notes of queryPages(documents, REAPING, query, PAGE_NOTES)) {
          await inBatches(notes, DELETES_AT_ONCE, (note) => deleteNoted(note, nowS));
          deleted += notes.length;
          if (deleted >= limit) return deleted;
        }
      }
      return deleted;
    },
  };
}

async function deleteKey(documents: DynamoDBDocumentClient, what: string, table: string, key: ItemKey): Promise<void> {
  const { pk, sk } = key;
  await deleteItem(documents, what, { TableName: table, Key: { pk, sk } });
}
