import { beforeEach, describe, expect, test } from 'vitest';
import { dynamoEntryLog, dynamoEntryLogEraser, dynamoEntryLogReader } from '../../../../lambda/dynamo/entry-log.ts';
import { END_OF_LOG, type LogRow, positionOf } from '../../../../vault/domain/console/log-row.ts';
import { fakeTables, type TestTable } from '../../../support/contracts/on-dynamo.ts';

const AT_MS = 1_790_000_000_000;
let rows = 0;

function aRow(parts: Partial<LogRow> = {}): LogRow {
  rows += 1;
  const id = Buffer.alloc(12);
  id.writeUInt32BE((rows * 2_654_435_761) % 2 ** 32);
  return {
    app: 'shop',
    atMs: AT_MS,
    id: id.toString('base64url'),
    expiresAtS: AT_MS / 1000 + 60,
    face: { direction: 'incoming', integration: 'web', requestId: 'r', fields: [], fieldsLeftOut: 0 },
    sealed: { wrappedKey: Buffer.from('wrapped'), box: Buffer.from('box') },
    ...parts,
  };
}

let it: TestTable;
beforeEach(async () => {
  it = await fakeTables().add();
});

const write = (row: LogRow, subject?: string) => dynamoEntryLog(it.documents, it.table).write(row, subject);
const page = (query: object = {}) =>
  dynamoEntryLogReader(it.documents, it.table).page({
    app: 'shop',
    before: END_OF_LOG,
    fromMs: 0,
    limit: 10,
    ...query,
  });

describe('the entry log in DynamoDB', () => {
  test('gives back what was written, the sealed part only for one row', async () => {
    const row = aRow();
    await write(row);
    const { sealed, ...listed } = row;
    expect(await page()).toEqual([listed]);
    const found = await dynamoEntryLogReader(it.documents, it.table).find(row);
    expect(found).toEqual({ ...listed, sealed });
    expect(await dynamoEntryLogReader(it.documents, it.table).find({ ...row, app: 'clinic' })).toBeUndefined();
  });

  test('pages through all partitions, newest first, without losing or repeating a row', async () => {
    for (let number = 0; number < 60; number += 1) await write(aRow({ atMs: AT_MS + Math.floor(number / 4) }));
    const seen: string[] = [];
    let before = END_OF_LOG;
    for (;;) {
      const found = await page({ before, limit: 7 });
      seen.push(...found.map(positionOf));
      const last = found.at(-1);
      if (last === undefined) break;
      before = positionOf(last);
    }
    expect(seen).toHaveLength(60);
    expect(seen).toEqual([...new Set(seen)].sort().reverse());
  });

  test('reads from an instant on, and of one app', async () => {
    await write(aRow({ atMs: AT_MS - 1 }));
    const row = aRow();
    await write(row);
    await write(aRow({ app: 'clinic' }));
    expect((await page({ fromMs: AT_MS })).map(({ id }) => id)).toEqual([row.id]);
  });

  test('erases the rows of a subject, and of no other', async () => {
    const kept = aRow();
    await write(kept, 'tag-1');
    await write(aRow(), 'tag-2');
    await write(aRow(), 'tag-2');
    await dynamoEntryLogEraser(it.documents, it.table).eraseSubject('shop', 'tag-2');
    expect((await page()).map(({ id }) => id)).toEqual([kept.id]);
  });
});
