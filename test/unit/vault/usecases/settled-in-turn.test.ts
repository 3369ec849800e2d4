// Calls in turn: some at a time, results in order, none started after a failure.

import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fulfilled, settledInTurn } from '../../../../vault/usecases/settled-in-turn.ts';

test.each([
  [0, 0],
  [3, 3],
  [4, 4],
  [50, 4],
])('of %i calls, %i run at the same time, and results have the order of the items', async (count, atOnce) => {
  let running = 0;
  let mostAtOnce = 0;
  const items = Array.from({ length: count }, (_, i) => i);
  const results = await settledInTurn(items, 4, async (item) => {
    running += 1;
    mostAtOnce = Math.max(mostAtOnce, running);
    for (let turns = item % 3; turns >= 0; turns -= 1) await turn();
    running -= 1;
    return item * 2;
  });
  expect(results).toEqual(items.map((item) => ({ status: 'fulfilled', value: item * 2 })));
  expect(mostAtOnce).toBe(atOnce);
});

test('values of settled calls are in their order, and the first failure is thrown', () => {
  const one = { status: 'fulfilled', value: 1 } as const;
  const two = { status: 'fulfilled', value: 2 } as const;
  expect(fulfilled([one, two])).toEqual([1, 2]);
  const [first, second] = [new Error('first'), new Error('second')];
  expect(() => fulfilled([one, { status: 'rejected', reason: first }, { status: 'rejected', reason: second }])).toThrow(
    first,
  );
});

test('a failure is a result, and what has not begun by then does not begin', async () => {
  const begun: number[] = [];
  const lost = new Error('lost');
  const results = await settledInTurn([0, 1, 2, 3, 4, 5], 2, async (item) => {
    begun.push(item);
    await turn();
    if (item === 2) throw lost;
    return item;
  });
  expect(begun).toEqual([0, 1, 2, 3]);
  expect(results).toContainEqual({ status: 'rejected', reason: lost });
});
