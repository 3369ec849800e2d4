import { randomBytes } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import {
  type LogRow,
  type LogRowFace,
  ROW_ENTROPY_BYTES,
  rowIdIn,
} from '../../../../../vault/domain/console/log-row.ts';
import { memoryEntryLog } from '../../../../../vault/memory/console.ts';
import { browse, findLive, PAGE_ROWS } from '../../../../../vault/usecases/console/browse.ts';

const NOW_MS = 1_790_000_000_000;
const NOW_S = NOW_MS / 1000;

let log: ReturnType<typeof memoryEntryLog>;
beforeEach(() => {
  log = memoryEntryLog();
});

const deps = () => ({ clock: () => NOW_MS, log });

async function write(atMs: number, face: Partial<LogRowFace> = {}, expiresAtS = NOW_S + 60): Promise<LogRow> {
  const row: LogRow = {
    app: 'shop',
    atMs,
    id: rowIdIn(randomBytes(ROW_ENTROPY_BYTES)),
    expiresAtS,
    face: { direction: 'incoming', integration: 'web', requestId: 'r', fields: [], fieldsLeftOut: 0, ...face },
    sealed: { wrappedKey: Buffer.alloc(0), box: Buffer.alloc(0) },
  };
  await log.write(row, []);
  return row;
}

async function all(filter: Partial<Parameters<typeof browse>[1]> = {}): Promise<number[]> {
  const seen: number[] = [];
  let before: string | undefined;
  do {
    const page = await browse(deps(), { app: 'shop', ...filter, ...(before === undefined ? {} : { before }) });
    expect(page.rows.length).toBeLessThanOrEqual(PAGE_ROWS);
    seen.push(...page.rows.map(({ atMs }) => atMs));
    before = page.next;
  } while (before !== undefined);
  return seen;
}

test('paging shows every live row once, newest first', async () => {
  // Three rows of each instant, so that pages end in the middle of one.
  for (let row = 0; row < 1000; row += 1) await write(NOW_MS - Math.floor(row / 3));
  const seen = await all();
  expect(seen).toHaveLength(1000);
  expect(seen).toEqual([...seen].sort((one, other) => other - one));
});

test('a row that has ended is not shown, listed or alone, even before it is deleted', async () => {
  const ended = await write(NOW_MS - 5, {}, NOW_S);
  const live = await write(NOW_MS - 6, {}, NOW_S + 1);
  expect(await all()).toEqual([NOW_MS - 6]);
  expect(await findLive(deps(), ended)).toBeUndefined();
  expect(await findLive(deps(), live)).toMatchObject({ id: live.id });
  expect(await findLive(deps(), { ...live, app: 'clinic' })).toBeUndefined();
});

test.each([
  ['direction', { direction: 'outgoing' }, { direction: 'outgoing' }],
  ['type', { type: 'text.say' }, { type: 'text.say' }],
  ['integration', { integration: 'desk' }, { integration: 'desk' }],
  ['thread', { threadTag: 'one' }, { threadTags: ['zero', 'one'] }],
] as const)('filters by %s', async (_, face, filter) => {
  await write(NOW_MS - 1, face);
  await write(NOW_MS - 2);
  expect(await all(filter)).toEqual([NOW_MS - 1]);
});

test('filters by time: from an instant on, and up to another', async () => {
  for (const ago of [1, 2, 3, 4]) await write(NOW_MS - ago);
  expect(await all({ fromMs: NOW_MS - 3, untilMs: NOW_MS - 1 })).toEqual([NOW_MS - 2, NOW_MS - 3]);
});

test('a filter that matches little ends a page early, and the next one goes on', async () => {
  for (let row = 0; row < 1200; row += 1) await write(NOW_MS - row, row === 1100 ? { type: 'rare' } : {});
  const first = await browse(deps(), { app: 'shop', type: 'rare' });
  expect(first.rows).toEqual([]);
  expect(first.next).toBeDefined();
  expect(await all({ type: 'rare' })).toEqual([NOW_MS - 1100]);
});
