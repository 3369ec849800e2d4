// Holders of keys have names that are never confused.

import { describe, expect, test } from 'vitest';
import {
  firstPool,
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

test('apps are spread evenly over the pools, by their names', () => {
  const pools = Array.from({ length: 4000 }, (_, number) => firstPool(`app-${number}`, 4));
  for (const pool of [0, 1, 2, 3]) {
    const share = pools.filter((each) => each === pool).length;
    expect([pool, share > 900 && share < 1100]).toEqual([pool, true]);
  }
  expect(firstPool('shop', 4)).toBe(firstPool('shop', 4));
  expect(firstPool('shop', 1)).toBe(0);
});
