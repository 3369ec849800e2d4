// How many apps the keys of an account allow, from the life of a key and the window of its deletion.

import { expect, test } from 'vitest';
import { capacityProblem, keysPerHolder, mostHolders } from '../../../../../vault/domain/kek-life/capacity.ts';
import { DEFAULT_LIFE } from '../../../../../vault/domain/kek-life/life.ts';

test.each([
  [7, 9.28, 9696],
  [30, 32.28, 2787],
])('with a window of %i days a holder has %f keys, and %i holders fit', (days, keys, most) => {
  expect(keysPerHolder(DEFAULT_LIFE, days)).toBeCloseTo(keys, 2);
  expect(mostHolders(DEFAULT_LIFE, days)).toBe(most);
  expect(most * keysPerHolder(DEFAULT_LIFE, days)).toBeLessThanOrEqual(90_000);
  expect((most + 1) * keysPerHolder(DEFAULT_LIFE, days)).toBeGreaterThan(90_000);
});

test('a shorter cycle needs more keys', () => {
  expect(keysPerHolder({ ...DEFAULT_LIFE, cycleS: 12 * 3600 }, 7)).toBeGreaterThan(17);
});

test('what fits has no problem, and one more says how many keys it needs and what to do', () => {
  expect(capacityProblem({ ownKeys: 9692, pools: 4 }, DEFAULT_LIFE, 7)).toBeUndefined();
  expect(capacityProblem({ ownKeys: 9693, pools: 4 }, DEFAULT_LIFE, 7)).toBe(
    "9693 apps with their own keys and 4 pools need 90001 KMS keys, and a vault may plan with 90000 of the 100000 of an account and Region: give apps keys: 'pooled', at most 9696 can have their own",
  );
});

test('pools are named only where there are some', () => {
  expect(capacityProblem({ ownKeys: 9697, pools: 0 }, DEFAULT_LIFE, 7)).toMatch(/^9697 apps with their own keys need /);
});

test('a life that is not valid is the fault of its periods, not of the number of apps', () => {
  expect(capacityProblem({ ownKeys: 5, pools: 0 }, { ...DEFAULT_LIFE, leadS: Number.NaN }, 7)).toBeUndefined();
});
