// What a ref says before anything is read: its length, its name in the audit log, and whether it can still open.

import { expect, test } from 'vitest';
import { expiryFault, fieldName, REF_LENGTH, refIdFor } from '../../../../../vault/domain/envelope/ref.ts';
import { aBundle, bytesFrom } from '../../../../support/envelope.ts';

const NOW_S = 1_800_000_000;
const LONGEST_LIFE_S = 7 * 24 * 3600;
const CLOCK_TOLERANCE_S = 3600;

test('every ref has 80 characters', () => {
  expect(REF_LENGTH).toBe(80);
  expect(aBundle().refs.map(({ length }) => length)).toEqual(aBundle().refs.map(() => REF_LENGTH));
});

test('a field is named by its bundle ID and its index', () => {
  const bundleId = bytesFrom('a bundle ID', 15);
  expect(fieldName({ refId: refIdFor(NOW_S, bundleId), index: 63 })).toBe(`${bundleId.toString('base64url')}:63`);
});

test.each([
  ['a second ago', -1, 'expired'],
  ['now', 0, 'expired'],
  ['in a second', 1, undefined],
  ['after the longest life and an hour', LONGEST_LIFE_S + CLOCK_TOLERANCE_S, undefined],
  ['a second later than that', LONGEST_LIFE_S + CLOCK_TOLERANCE_S + 1, 'too-far'],
] as const)('a ref whose expiry is %s has the fault that its clock tells', (_, fromNowS, fault) => {
  expect(expiryFault({ expiresAtS: NOW_S + fromNowS }, NOW_S)).toBe(fault);
});

test('a ref ID holds whole seconds only', () => {
  expect(() => refIdFor(NOW_S + 0.5, bytesFrom('a bundle ID', 15))).toThrow('a whole number of seconds');
});
