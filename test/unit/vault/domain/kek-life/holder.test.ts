// Holders of keys have names that are never confused.

import { describe, expect, test } from 'vitest';
import {
  holderName,
  holderNamed,
  isSameHolder,
  keyHolder,
  poolOf,
} from '../../../../../vault/domain/kek-life/holder.ts';

describe('the name of a holder', () => {
  test.each([
    ['an app', { app: 'shop' }, 'shop'],
    ['an app that is called like a pool', { app: 'pool-3' }, 'pool-3'],
    ['a pool', { pool: 3 }, 'pool#3'],
    ['the first pool', { pool: 0 }, 'pool#0'],
  ])('of %s leads back to it', (_, holder, name) => {
    expect(holderName(holder)).toBe(name);
    expect(holderNamed(name)).toEqual(holder);
  });

  test.each(['', 'pool#', 'pool#03', 'pool#-1', 'pool#1e3', 'pool#3#4', 'slots#shop', 'token#abc'])(
    'is not %j',
    (text) => {
      expect(holderNamed(text)).toBeUndefined();
    },
  );
});

test('an app holds its own keys, or uses those of one pool', () => {
  expect(keyHolder('shop', 'own')).toEqual({ app: 'shop' });
  expect(keyHolder('shop', 0)).toEqual({ pool: 0 });
  expect([poolOf({ app: 'shop' }), poolOf({ pool: 0 })]).toEqual(['own', 0]);
  expect(isSameHolder({ pool: 1 }, { pool: 1 })).toBe(true);
  expect(isSameHolder({ pool: 1 }, { app: 'pool-1' })).toBe(false);
});
