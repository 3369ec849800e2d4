// What every entry log does, whatever is behind it: listing, paging, erasing, and deleting what has ended.

import { beforeAll, describe, expect, test } from 'vitest';
import { END_OF_LOG, type LogRow, positionOf } from '../../../vault/domain/console/log-row.ts';
import type { ConsoleReaper, EntryLog, EntryLogEraser, EntryLogReader } from '../../../vault/ports/entry-log.ts';

export type WholeEntryLog = EntryLog & EntryLogReader & EntryLogEraser & ConsoleReaper;

const AT_MS = 1_790_000_000_000;
const AT_S = AT_MS / 1000;
const LATER_S = AT_S + 60;
let made = 0;

/** A row of an app at {@link AT_MS}, with changes. IDs spread over all partitions. */
export function aRow(parts: Partial<LogRow> = {}): LogRow {
  made += 1;
  const id = Buffer.alloc(12);
  id.writeUInt32BE((made * 2_654_435_761) % 2 ** 32);
  return {
    app: 'shop',
    atMs: AT_MS,
    id: id.toString('base64url'),
    expiresAtS: LATER_S,
    face: { direction: 'incoming', integration: 'web', requestId: 'r', fields: [], fieldsLeftOut: 0 },
    sealed: { wrappedKey: Buffer.from('wrapped'), box: Buffer.from('box') },
    ...parts,
  };
}

/** Registers the contract's tests. `make` is called once; every test uses its own app. */
export function entryLogContract(name: string, make: () => Promise<WholeEntryLog>): void {
  describe(`${name} as an entry log`, () => {
    let log: WholeEntryLog;
    let apps = 0;
    const anApp = () => {
      apps += 1;
      return `app-${apps}`;
    };
    const listed = async (app: string, query: object = {}) =>
      (await log.page({ app, before: END_OF_LOG, fromMs: 0, limit: 10, ...query })).map(positionOf);
    beforeAll(async () => {
      log = await make();
    });

    test('gives back what was written, the sealed part only for one row', async () => {
      const row = aRow({ app: anApp() });
      await log.write(row, []);
      const { sealed, ...face } = row;
      expect(await log.page({ app: row.app, before: END_OF_LOG, fromMs: 0, limit: 10 })).toEqual([face]);
      expect(await log.find(row)).toEqual({ ...face, sealed });
      expect(await log.find({ ...row, app: anApp() })).toBeUndefined();
    });

    test('pages through all rows, newest first, without losing or repeating one', async () => {
      const app = anApp();
      const rows = Array.from({ length: 60 }, (_, number) => aRow({ app, atMs: AT_MS + Math.floor(number / 4) }));
      for (const row of rows) await log.write(row, []);
      const seen: string[] = [];
      for (let before: string | undefined = END_OF_LOG; before !== undefined; before = seen.at(-1)) {
        const found = await listed(app, { before, limit: 7 });
        if (found.length === 0) break;
        seen.push(...found);
      }
      expect(seen).toEqual(rows.map(positionOf).sort().reverse());
    });

    test('reads from an instant on, and of one app', async () => {
      const app = anApp();
      const row = aRow({ app });
      for (const each of [aRow({ app, atMs: AT_MS - 1 }), row, aRow({ app: anApp() })]) await log.write(each, []);
      expect(await listed(app, { fromMs: AT_MS })).toEqual([positionOf(row)]);
    });

    test('erases the rows of a tag, each row by each of its tags, and no other', async () => {
      const app = anApp();
      const [kept, elsewhere] = [aRow({ app }), aRow({ app: anApp() })];
      await log.write(kept, ['tag-1']);
      await log.write(elsewhere, ['tag-2']);
      await log.write(aRow({ app }), ['tag-2']);
      await log.write(aRow({ app }), ['tag-1', 'tag-2']);
      await log.eraseTag(app, 'tag-2');
      expect(await listed(app)).toEqual([positionOf(kept)]);
      expect(await listed(elsewhere.app)).toEqual([positionOf(elsewhere)]);
    });

    test('erases all rows of an app, and none of another whose name begins like it', async () => {
      const app = anApp();
      const kept = aRow({ app: `${app}-too` });
      await log.write(kept, []);
      for (let rows = 0; rows < 20; rows += 1) await log.write(aRow({ app }), ['tag']);
      await log.eraseApp(app);
      expect(await listed(app)).toEqual([]);
      expect(await listed(kept.app)).toEqual([positionOf(kept)]);
    });

    test('deletes what has ended by then, and nothing that has not', async () => {
      const app = anApp();
      const ends = Array.from({ length: 20 }, (_, row) => AT_S - 1000 + row);
      for (const expiresAtS of ends) await log.write(aRow({ app, expiresAtS }), []);
      const kept = aRow({ app, expiresAtS: AT_S - 900 });
      await log.write(kept, []);
      expect(await log.deleteEnded(AT_S - 901, 1000)).toBe(20);
      expect(await listed(app, { limit: 50 })).toEqual([positionOf(kept)]);
      expect(await log.deleteEnded(AT_S - 901, 1000)).toBe(0);
      expect(await log.deleteEnded(AT_S - 900, 1000)).toBe(1);
      expect(await listed(app)).toEqual([]);
    });
  });
}
