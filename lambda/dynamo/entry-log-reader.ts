// Reads the entry log. Apart from what writes and deletes it, since the sweeper checks no schema.

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type LogRow, parsePosition, positionAt } from '../../vault/domain/console/log-row.ts';
import type { EntryLogReader, ListedRow, LogQuery } from '../../vault/ports/entry-log.ts';
import { readFace } from '../../vault/ports/log-face.ts';
import { getItem, type Item, queryPages, readFirst } from './calls.ts';
import { LOG_SHARDS, logKey, logPartition } from './console-item.ts';

const SHARDS = Array.from({ length: LOG_SHARDS }, (_, shard) => shard);

/** An {@link EntryLogReader}. Needs `Query` and `GetItem`. */
export function dynamoEntryLogReader(documents: DynamoDBDocumentClient, table: string): EntryLogReader {
  async function newestOf(shard: number, { app, before, fromMs, limit }: LogQuery): Promise<ListedRow[]> {
    const query = {
      TableName: table,
      ScanIndexForward: false,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :before',
      ExpressionAttributeValues: { ':pk': logPartition(app, shard), ':from': positionAt(fromMs), ':before': before },
      ProjectionExpression: 'sk, face, expiresAt',
    };
    const pages = queryPages(documents, 'read the entry log', query, limit);
    return await readFirst(limit, pages, (item) => (item.sk === before ? undefined : listedRow(app, item)));
  }

  return {
    async page(query) {
      const rows = await Promise.all(SHARDS.map((shard) => newestOf(shard, query)));
      return rows
        .flat()
        .sort((one, other) => other.atMs - one.atMs || (other.id < one.id ? -1 : 1))
        .slice(0, query.limit);
    },

    async find(key) {
      const item = await getItem(documents, 'read a row of the entry log', { TableName: table, Key: logKey(key) });
      return item && wholeRow(key.app, item);
    },
  };
}

/** A row, or `undefined` for an item that is malformed: the log shows the others. */
function listedRow(app: string, { sk, face, expiresAt }: Item): ListedRow | undefined {
  const position = typeof sk === 'string' ? parsePosition(sk) : undefined;
  const readable = typeof face === 'string' ? readFace(face) : undefined;
  if (position === undefined || readable === undefined || typeof expiresAt !== 'number') return undefined;
  return { app, atMs: position.atMs, id: position.id, expiresAtS: expiresAt, face: readable };
}

function wholeRow(app: string, item: Item): LogRow | undefined {
  const row = listedRow(app, item);
  const { wrappedKey, box } = item;
  if (row === undefined || !(wrappedKey instanceof Uint8Array) || !(box instanceof Uint8Array)) return undefined;
  return { ...row, sealed: { wrappedKey: Buffer.from(wrappedKey), box: Buffer.from(box) } };
}
