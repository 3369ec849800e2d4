// Instants in whole seconds.

import { expect, test } from 'vitest';
import { secondsOf } from '../../../../vault/ports/clock.ts';

test('a second lasts until its last millisecond', () => {
  expect([0, 999, 1000, 1999, 2000].map(secondsOf)).toEqual([0, 0, 1, 1, 2]);
});
