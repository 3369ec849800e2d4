// Periods are read and written to the second; what is not clearly a period is refused.

import { describe, expect, test } from 'vitest';
import { formatPeriod, type Period, periodSeconds, readPeriod } from '../../../../../vault/domain/settings/period.ts';

describe('a period', () => {
  test.each<[Period, number]>([
    ['0s', 0],
    ['90s', 90],
    ['15m', 900],
    ['24h', 86_400],
    ['7d', 604_800],
    ['999999999s', 999_999_999],
    [{ toSeconds: () => 42 }, 42],
  ])('%o is %i seconds', (period, seconds) => {
    expect(periodSeconds(period)).toBe(seconds);
  });

  const texts = [
    '',
    's',
    '15',
    'm15',
    '15 m',
    ' 15m',
    '15m ',
    '15m\n',
    '1h30m',
    '15M',
    '1.5h',
    '-1h',
    '+1h',
    '1e3s',
    '0x10s',
  ];
  const throws = () => {
    throw new Error('not whole seconds');
  };
  test.each<{ value: unknown }>(
    [
      ...texts,
      '15ms',
      '1w',
      '1y',
      '1234567890s',
      '١٥m',
      15,
      null,
      undefined,
      ['15m'],
      {},
      ...['15', 15, () => '15', () => 0.5, () => -1, () => Number.NaN, throws].map((toSeconds) => ({ toSeconds })),
    ].map((value) => ({ value })),
  )('is not %j', ({ value }) => {
    expect(readPeriod(value)).toBeUndefined();
    expect(() => periodSeconds(value as Period)).toThrow(
      new RangeError('a period of time is written as "90s", "15m", "24h", "7d" or a Duration of the CDK'),
    );
  });

  test.each([
    [0, '0s'],
    [59, '59s'],
    [60, '1m'],
    [90, '90s'],
    [3600, '1h'],
    [5400, '90m'],
    [86_400, '24h'],
    [90_000, '25h'],
    [172_800, '2d'],
    [604_800, '7d'],
  ])('of %i seconds is written %s, and read back as the same', (seconds, text) => {
    expect(formatPeriod(seconds)).toBe(text);
    expect(readPeriod(text)).toBe(seconds);
  });
});

test.each([
  [{ toSeconds: () => 0 }, 0],
  [{ toSeconds: () => -1 }, undefined],
  [{ toSeconds: () => 1.5 }, undefined],
  [{ toSeconds: () => '5' }, undefined],
  [
    {
      toSeconds: () => {
        throw new Error('not whole seconds');
      },
    },
    undefined,
  ],
  [{}, undefined],
  [null, undefined],
  [5, undefined],
])('an object that gives seconds is a period only with a whole number from 0: case %#', (value, seconds) => {
  expect(readPeriod(value)).toBe(seconds);
});
