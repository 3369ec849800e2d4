// A change that others may make at the same time is read and made again until it is stored.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import { storeChange } from '../../../../../vault/usecases/apps/store-change.ts';

beforeEach(() => {
  // Pauses are random: without that, the shortest there are.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

interface Row {
  readonly value: number;
}

/** A row that another writer changes before each of the first `conflicts` writes. */
function rowWith(conflicts: number, error: unknown = new DaykeyError('conflict', 'another write came first')) {
  let row: Row = { value: 10 };
  const reads: number[] = [];
  const writes: [next: Row, read: Row][] = [];
  return {
    reads,
    writes,
    read: async (tries: number) => {
      reads.push(tries);
      return row;
    },
    store: async (next: Row, read: Row) => {
      writes.push([next, read]);
      if (writes.length <= conflicts) {
        row = { value: row.value + 1 };
        throw error;
      }
      row = next;
      return next;
    },
  };
}

const doubled = ({ value }: Row): Row => ({ value: 2 * value });

test('a change is stored with what it was made of, and answered', async () => {
  const row = rowWith(0);
  expect(await storeChange(row, doubled)).toEqual({ value: 20 });
  expect([row.reads, row.writes]).toEqual([[1], [[{ value: 20 }, { value: 10 }]]]);
});

test('what changes nothing is not stored', async () => {
  const row = rowWith(0);
  expect(await storeChange(row, (read) => read)).toEqual({ value: 10 });
  expect(await storeChange(row, () => undefined)).toBeUndefined();
  expect(row.writes).toEqual([]);
});

test('after another write, the change is made of what that write left', async () => {
  const row = rowWith(3);
  expect(await storeChange(row, doubled)).toEqual({ value: 26 });
  expect(row.reads).toEqual([1, 2, 3, 4]);
  expect(row.writes.map(([{ value }]) => value)).toEqual([20, 22, 24, 26]);
});

test('when others are faster 30 times, the conflict is answered', async () => {
  const almost = rowWith(29);
  expect(await storeChange(almost, doubled)).toEqual({ value: 78 });
  const never = rowWith(30);
  await expect(storeChange(never, doubled)).rejects.toMatchObject({ code: 'conflict' });
  expect(never.writes.length).toBe(30);
});

test('two writers need no pause, and more of them do', async () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0);
  await storeChange(rowWith(1), doubled);
  expect(random).not.toHaveBeenCalled();
  await storeChange(rowWith(5), doubled);
  expect(random).toHaveBeenCalledTimes(4);
});

test.each([new Error('no network'), new DaykeyError('unavailable', 'no network')])(
  '%s is answered at once',
  async (error) => {
    const row = rowWith(1, error);
    await expect(storeChange(row, doubled)).rejects.toBe(error);
    expect(row.writes.length).toBe(1);
  },
);
