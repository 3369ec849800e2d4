// The sweep of the Console's table.

import { expect, test } from 'vitest';
import { sweepConsole } from '../../../../../vault/usecases/console/sweep-console.ts';

test('a run deletes up to 20,000 items that have ended by now', async () => {
  const asked: unknown[] = [];
  await sweepConsole(() => 60_999, { deleteEnded: async (...args) => asked.push(args) });
  expect(asked).toEqual([[60, 20_000]]);
});
