// What apps and integrations may be called: names that are safe in paths, keys and policies.

import { expect, test } from 'vitest';
import { NAME_SHAPE } from '../../../../vault/domain/settings.ts';

test.each(['a', 'shop', 'support-bot-2', 'a'.repeat(63)])('%s is a name', (name) => {
  expect(NAME_SHAPE.test(name)).toBe(true);
});

test.each(['', '2a', '-a', 'Shop', 'sHop', 'a_b', 'a b', ' a', 'a\n', 'a/b', 'a#b', 'ü', 'a'.repeat(64)])(
  '%j is none',
  (name) => {
    expect(NAME_SHAPE.test(name)).toBe(false);
  },
);
