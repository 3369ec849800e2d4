// What settings ask of keys: an app's own follow its settings, those of a pool are shared.

import { describe, expect, test } from 'vitest';
import { DEFAULT_LIFE } from '../../../../../vault/domain/kek-life/life.ts';
import { currentHolder, isSameUpkeep, upkeepChanges } from '../../../../../vault/domain/kek-life/upkeep.ts';
import { APP_STATES } from '../../../../../vault/domain/settings.ts';
import { someSettings } from '../../../../support/virtual-vault.ts';

const own = someSettings();
const pooled = someSettings({ keys: { pool: 3 } });
const life = DEFAULT_LIFE;

test('an app uses its own keys, or those of its pool', () => {
  expect(currentHolder(own)).toEqual({ app: 'shop' });
  expect(currentHolder(pooled)).toEqual({ pool: 3 });
});

test.each([
  ['equal ones', {}, true],
  ['another period', { life: { ...life, marginS: life.marginS + 1 } }, false],
  ['a retired holder', { retired: true }, false],
])('the same is asked by %s: %j', (_, more, same) => {
  expect(isSameUpkeep({ life, retired: false }, { life: { ...life }, retired: false, ...more })).toBe(same);
});

describe('settings', () => {
  test.each(APP_STATES)('of a %s app get new keys only if it is live', (state) => {
    expect(upkeepChanges({ ...own, state }, own)).toEqual([
      { holder: { app: 'shop' }, life, retired: state !== 'live' },
    ]);
  });

  test('of an app that ends leave its pool to others', () => {
    expect(upkeepChanges({ ...pooled, state: 'retired' }, pooled)).toEqual([]);
  });

  test('that move an app to a pool end its own keys at their dates', () => {
    expect(upkeepChanges(pooled, own)).toEqual([
      { holder: { app: 'shop' }, life, retired: true },
      { holder: { pool: 3 }, life, retired: false },
    ]);
  });

  test('that move an app from a pool leave the pool alone', () => {
    expect(upkeepChanges(own, pooled)).toEqual([{ holder: { app: 'shop' }, life, retired: false }]);
  });
});
