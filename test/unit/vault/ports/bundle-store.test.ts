// What stores of bundles share: the shard of an ID, and sums of what was removed.

import { expect, test } from 'vitest';
import {
  countBySlot,
  NOTHING_REMOVED,
  type Removed,
  SHARDS,
  shardOf,
  totalRemoved,
} from '../../../../vault/ports/bundle-store.ts';

// A constant of the format: with another shard, what is stored would not be found.
test.each([
  ['AAAAAAAAAAAAAAAAAAAA', 0],
  ['AQAAAAAAAAAAAAAAAAAA', 1],
  ['PwAAAAAAAAAAAAAAAAAA', 63],
  ['QAAAAAAAAAAAAAAAAAAA', 0],
  ['__AAAAAAAAAAAAAAAAAA', 63],
  ['-vAAAAAAAAAAAAAAAAAA', 58],
])('%s is in shard %i', (id, shard) => {
  expect(shardOf(id)).toBe(shard);
});

test('IDs are in all of the 64 shards, by their first byte', () => {
  const shards = Array.from({ length: 256 }, (_, byte) => shardOf(Buffer.from([byte, 7, 7]).toString('base64url')));
  expect(SHARDS).toBe(64);
  expect(shards).toEqual(Array.from({ length: 256 }, (_, byte) => byte % 64));
});

test('counts of one slot are added up, and slots of pools and of the app are kept apart', () => {
  expect(
    countBySlot([
      { pool: 'own', slot: 1, count: 2 },
      { pool: 1, slot: 1, count: 3 },
      { pool: 'own', slot: 1, count: 4 },
      { pool: 'own', slot: 2, count: 5 },
    ]),
  ).toEqual([
    { pool: 'own', slot: 1, count: 6 },
    { pool: 1, slot: 1, count: 3 },
    { pool: 'own', slot: 2, count: 5 },
  ]);
});

test('removals are added up; blobs are listed where there are any', () => {
  const one: Removed = { fields: 2, bundles: [{ pool: 'own', slot: 1, count: 1 }] };
  const blobs = [{ app: 'shop', id: 'an-id', days: 1 }];
  expect(totalRemoved([one, NOTHING_REMOVED, one])).toStrictEqual({
    fields: 4,
    bundles: [{ pool: 'own', slot: 1, count: 2 }],
  });
  expect(totalRemoved([one, { ...NOTHING_REMOVED, blobs }])).toStrictEqual({ ...one, blobs });
  expect(totalRemoved([])).toStrictEqual(NOTHING_REMOVED);
  expect(NOTHING_REMOVED).toEqual({ fields: 0, bundles: [] });
});
