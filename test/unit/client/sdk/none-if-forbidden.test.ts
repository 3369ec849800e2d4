// A caller without the right to decrypt gets no fields; every other problem stays one.

import { expect, test } from 'vitest';
import { noneIfForbidden } from '../../../../client/sdk/none-if-forbidden.ts';
import { DaykeyProblem } from '../../../../client/sdk/problem.ts';

test('fields that come are given as they are', async () => {
  const fields = { email: 1 };
  expect(await noneIfForbidden(Promise.resolve(fields))).toBe(fields);
});

test("a vault's `forbidden` is an answer without fields", async () => {
  expect(await noneIfForbidden(Promise.reject(new DaykeyProblem('forbidden', 'no', { status: 403 })))).toEqual({});
});

test.each([
  new DaykeyProblem('refused', 'a firewall', { status: 403 }),
  new DaykeyProblem('unavailable', 'later'),
  Object.assign(new Error('of another kind'), { code: 'forbidden' }),
])('%o is thrown on', async (problem) => {
  await expect(noneIfForbidden(Promise.reject(problem))).rejects.toBe(problem);
});
