// The entry log in DynamoDB: a row for each entry, and a pointer to it for each that names a subject.

import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
} from '@aws-sdk/lib-dynamodb';
import { type LogRow, type LogRowFace, parsePosition, positionAt } from '../../vault/domain/console/log-row.ts';
import type {
  ConsoleReaper,
  EntryLog,
  EntryLogEraser,
  EntryLogReader,
  ListedRow,
  LogQuery,
} from '../../vault/ports/entry-log.ts';
import { translating } from '../aws/errors.ts';
import { inBatches } from '../aws/in-batches.ts';
import { CONSOLE_TABLE } from '../config.ts';
import { ends, LOG_SHARDS, logKey, logPartition, subjectPartition } from './console-item.ts';

type Item = Readonly<Record<string, unknown>>;

const DELETES_AT_ONCE = 16;

/** An {@link EntryLog}. Needs only `PutItem`. */
export function dynamoEntryLog(documents: DynamoDBDocumentClient, table: string): EntryLog {
  const put = (Item: Record<string, unknown>) => documents.send(new PutCommand({ TableName: table, Item }));
  return {
    async write(row, subjectTag) {
      const key = logKey(row);
      const end = ends(row.expiresAtS, row.id);
      await translating('log an entry', {}, async () => {
        // The pointer first: a row without its pointer would outlive the erasure of its subject.
        if (subjectTag !== undefined) {
          await put({ pk: subjectPartition(row.app, subjectTag), sk: `${key.pk}#${key.sk}`, ...end, row: key });
        }
        const { wrappedKey, box } = row.sealed;
        await put({ ...key, ...end, face: JSON.stringify(row.face), wrappedKey, box });
      });
    },
  };
}

/** An {@link EntryLogReader}. Needs `Query` and `GetItem`. */
export function dynamoEntryLogReader(documents: DynamoDBDocumentClient, table: string): EntryLogReader {
  async function newestOf(shard: number, { app, before, fromMs, limit }: LogQuery): Promise<ListedRow[]> {
    const pages = paginateQuery(
      { client: documents, pageSize: limit },
      {
        TableName: table,
        ConsistentRead: true,
        ScanIndexForward: false,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :before',
        ExpressionAttributeValues: { ':pk': logPartition(app, shard), ':from': positionAt(fromMs), ':before': before },
        ProjectionExpression: 'sk, face, expiresAt',
      },
    );
    const rows: ListedRow[] = [];
    for await (const { Items = [] } of pages) {
      const found = Items.filter(({ sk }) => sk !== before).map((item) => listedRow(app, item));
      rows.push(...found.filter((row) => row !== undefined));
      if (rows.length >= limit) break;
    }
    return rows;
  }

  return {
    async page(query) {
      const shards = Array.from({ length: LOG_SHARDS }, (_, shard) => shard);
      const rows = await translating('read the entry log', {}, () =>
        Promise.all(shards.map((shard) => newestOf(shard, query))),
      );
      return rows
        .flat()
        .sort((one, other) => other.atMs - one.atMs || (other.id < one.id ? -1 : 1))
        .slice(0, query.limit);
    },

    async find(key) {
      const get = new GetCommand({ TableName: table, Key: logKey(key), ConsistentRead: true });
      const { Item } = await translating('read a row of the entry log', {}, () => documents.send(get));
      return Item && wholeRow(key.app, Item);
    },
  };
}

/** An {@link EntryLogEraser}. Needs `Query` and `DeleteItem`. */
export function dynamoEntryLogEraser(documents: DynamoDBDocumentClient, table: string): EntryLogEraser {
  return {
    async eraseSubject(app, subjectTag) {
      const pages = paginateQuery(
        { client: documents },
        {
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': subjectPartition(app, subjectTag) },
          ProjectionExpression: '#row',
          ExpressionAttributeNames: { '#row': 'row' },
        },
      );
      await translating('erase rows of the entry log', {}, async () => {
        for await (const { Items = [] } of pages) {
          await deleteAll(
            documents,
            table,
            Items.map(({ row }) => row as Item),
          );
        }
      });
    },
  };
}

/** A {@link ConsoleReaper}. Needs `Query` on the expiry index and `DeleteItem` on the table. */
export function dynamoConsoleReaper(documents: DynamoDBDocumentClient, table: string): ConsoleReaper {
  return {
    async deleteEnded(nowS, limit) {
      let deleted = 0;
      for (let shard = 0; shard < LOG_SHARDS; shard += 1) {
        const pages = paginateQuery(
          { client: documents, pageSize: DELETES_AT_ONCE },
          {
            TableName: table,
            IndexName: CONSOLE_TABLE.expiryIndex,
            KeyConditionExpression: '#shard = :shard AND expiresAt <= :now',
            ExpressionAttributeNames: { '#shard': CONSOLE_TABLE.shard },
            ExpressionAttributeValues: { ':shard': shard, ':now': nowS },
          },
        );
        await translating('delete what has ended in the Console', {}, async () => {
          for await (const { Items = [] } of pages) {
            await deleteAll(documents, table, Items);
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

/** Deletes items by their keys. Ends of items never move back, so the key is enough. */
async function deleteAll(documents: DynamoDBDocumentClient, table: string, items: readonly Item[]): Promise<void> {
  await inBatches(items, DELETES_AT_ONCE, ({ pk, sk }) =>
    documents.send(new DeleteCommand({ TableName: table, Key: { pk, sk } })),
  );
}

/** A row, or `undefined` for an item that is malformed: the log shows the others. */
function listedRow(app: string, { sk, face, expiresAt }: Item): ListedRow | undefined {
  const position = typeof sk === 'string' ? parsePosition(sk) : undefined;
  if (position === undefined || typeof face !== 'string' || typeof expiresAt !== 'number') return undefined;
  return { app, atMs: position.atMs, id: position.id, expiresAtS: expiresAt, face: JSON.parse(face) as LogRowFace };
}

function wholeRow(app: string, item: Item): LogRow | undefined {
  const row = listedRow(app, item);
  const { wrappedKey, box } = item;
  if (row === undefined || !(wrappedKey instanceof Uint8Array) || !(box instanceof Uint8Array)) return undefined;
  return { ...row, sealed: { wrappedKey: Buffer.from(wrappedKey), box: Buffer.from(box) } };
}
