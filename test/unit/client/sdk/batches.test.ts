// Requests of more than the vault takes at once are split, and few of them run at the same time.

import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { batchesOf, fewAtOnce } from '../../../../client/sdk/batches.ts';
import type { Member } from '../../../../client/sdk/json.ts';
import { MAX_REQUEST_BYTES } from '../../../../wire/limits.ts';

const ROOM_BYTES = MAX_REQUEST_BYTES - 4096;

/** A member that takes so many bytes: quotes, colon and comma included. */
const member = (name: string, bytes: number): Member => [name, '1'.repeat(bytes - Buffer.byteLength(name) - 4)];
const names = (batches: Member[][]) => batches.map((batch) => batch.map(([name]) => name));

test('no members are one empty batch, for the vault to refuse', () => {
  expect(batchesOf([])).toEqual([[]]);
});

test('64 members are one batch, in their order, and the next one begins another', () => {
  const members = Array.from({ length: 129 }, (_, at) => member(`m${at}`, 10));
  const batches = batchesOf(members);
  expect(batches.map(({ length }) => length)).toEqual([64, 64, 1]);
  expect(batches.flat()).toEqual(members);
});

test('members share a batch that they fill to the last byte', () => {
  const [a, b, c] = [member('a', 100), member('é', 100), member('c', ROOM_BYTES - 200)];
  expect(names(batchesOf([a, b, c, a]))).toEqual([['a', 'é', 'c'], ['a']]);
  expect(names(batchesOf([a, b, member('c', ROOM_BYTES - 199), b]))).toEqual([
    ['a', 'é'],
    ['c', 'é'],
  ]);
});

test('a member that is too large for any request gets its own batch, and no empty one before it', () => {
  const [small, large] = [member('small', 100), member('large', ROOM_BYTES + 1)];
  expect(names(batchesOf([large]))).toEqual([['large']]);
  expect(names(batchesOf([small, large, small]))).toEqual([['small'], ['large'], ['small']]);
});

test('four items are worked on at once, and the results have their order', async () => {
  let [running, most] = [0, 0];
  const results = await fewAtOnce([5, 1, 4, 2, 3, 0], async (turns) => {
    running += 1;
    most = Math.max(most, running);
    for (let taken = 0; taken < turns; taken += 1) await turn();
    running -= 1;
    return turns * 10;
  });
  expect([results, most]).toEqual([[50, 10, 40, 20, 30, 0], 4]);
});

test('after the first failure no other item is begun', async () => {
  const begun: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
    await turn();
    if (item === 1) throw new Error('item 1');
  };
  await expect(fewAtOnce([0, 1, 2, 3, 4, 5, 6, 7, 8], work)).rejects.toThrow('item 1');
  const atFailure = begun.length;
  for (let turns = 0; turns < 5; turns += 1) await turn();
  expect(begun.length).toBe(atFailure);
  expect(atFailure).toBeLessThan(9);
});
