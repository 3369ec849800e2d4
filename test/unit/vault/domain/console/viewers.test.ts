import { expect, test } from 'vitest';
import {
  CLAIM_CHARACTERS,
  claimValues,
  isShownTo,
  MAX_CLAIM_VALUES,
} from '../../../../../vault/domain/console/viewers.ts';
import { APP_STATES, type AppSettings } from '../../../../../vault/domain/settings.ts';
import { someSettings } from '../../../../support/virtual-vault.ts';

const SHOP: AppSettings = someSettings({
  console: { viewers: ['support', 'leads'], showPlain: false, requireApproval: false },
});

test.each([
  [['support'], ['support']],
  ['leads', ['leads']],
  [
    ['doctors', 'leads', 'doctors'],
    ['doctors', 'leads'],
  ],
  [[], []],
  ['', []],
  [undefined, []],
  [null, []],
  [{ support: true }, []],
  [[['support']], []],
  [[1, true, null, 'support', ''], ['support']],
  ['support leads', ['support leads']],
  [['\ud83d', '😀'], ['😀']],
  ['x'.repeat(CLAIM_CHARACTERS), ['x'.repeat(CLAIM_CHARACTERS)]],
  ['x'.repeat(CLAIM_CHARACTERS + 1), []],
])('the claim %j has the values %j', (claim, values) => {
  expect(claimValues(claim)).toEqual(values);
});

test('of a long claim the first values count', () => {
  const claim = Array.from({ length: MAX_CLAIM_VALUES + 5 }, (_, number) => `group-${number}`);
  expect(claimValues(claim)).toEqual(claim.slice(0, MAX_CLAIM_VALUES));
});

test.each([
  [['support'], true],
  [['others', 'leads'], true],
  [['Support'], false],
  [['support leads'], false],
  [['others'], false],
  [[], false],
])('the values %j show the app: %j', (values, isShown) => {
  expect(isShownTo(SHOP, values)).toBe(isShown);
});

test('no value shows an app that the Console does not show', () => {
  expect(isShownTo(someSettings(), ['support'])).toBe(false);
});

test.each(APP_STATES)('of all states, only a live app is shown: %s', (state) => {
  expect(isShownTo({ ...SHOP, state }, ['support'])).toBe(state === 'live');
});
