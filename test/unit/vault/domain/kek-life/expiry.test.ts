// When a value expires: what is asked for, bounded by the app, the slot and `notAfter`.

import { describe, expect, test } from 'vitest';
import { checkTtl, expiryFor } from '../../../../../vault/domain/kek-life/expiry.ts';
import { DEFAULT_LIFE } from '../../../../../vault/domain/kek-life/life.ts';
import { latestExpiryS, slotDates } from '../../../../../vault/domain/kek-life/slot.ts';

const NOW_S = 1_800_000_000;
const DAY_S = 24 * 3600;
const SLOT = slotDates(NOW_S - 3600, NOW_S + 23 * 3600, DEFAULT_LIFE);

describe('an expiry', () => {
  test.each([
    ['the default of the app', {}, 3600],
    ['the time to live', { ttlSeconds: 60 }, 60],
    ['notAfter where that is sooner', { ttlSeconds: 600, notAfterS: NOW_S + 1 }, 1],
    ['the time to live where that is sooner', { ttlSeconds: 600, notAfterS: NOW_S + 601 }, 600],
  ])('is %s', (_, asked, seconds) => {
    expect(expiryFor(asked, SLOT, 3600, NOW_S)).toBe(NOW_S + seconds);
  });

  test('is cut to what the slot still allows where only the default asks for more', () => {
    const nearT2S = latestExpiryS(SLOT) - 100;
    expect(expiryFor({}, SLOT, 3600, nearT2S)).toBe(nearT2S + 100);
  });

  test.each([NOW_S, NOW_S - 1])('that notAfter puts at %i or before is refused', (notAfterS) => {
    const refused = () => expiryFor({ notAfterS }, SLOT, 3600, NOW_S);
    expect(refused).toThrow('notAfter is in the past');
    expect(refused).toThrow(expect.objectContaining({ code: 'ttl-out-of-range', paths: ['notAfter'] }));
  });

  test('of a time to live that is out of range is refused, whatever notAfter is', () => {
    for (const ttlSeconds of [59, DAY_S + 1]) {
      const asked = { ttlSeconds, notAfterS: NOW_S + 3600 };
      expect(() => expiryFor(asked, SLOT, 3600, NOW_S)).toThrow('ttlSeconds must be 60');
    }
  });
});

test.each([Number.MIN_SAFE_INTEGER, 0, 59, DAY_S + 1, Number.MAX_SAFE_INTEGER])(
  'a time to live of %i s is refused with its limits and its path',
  (ttlSeconds) => {
    const refused = () => checkTtl(ttlSeconds, SLOT, NOW_S);
    expect(refused).toThrow(`ttlSeconds must be 60 to ${DAY_S} for this app now`);
    expect(refused).toThrow(expect.objectContaining({ code: 'ttl-out-of-range', paths: ['ttlSeconds'] }));
  },
);

test.each([undefined, 60, DAY_S])('a time to live of %s s is allowed', (ttlSeconds) => {
  expect(() => checkTtl(ttlSeconds, SLOT, NOW_S)).not.toThrow();
});
