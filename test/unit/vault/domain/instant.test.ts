// Instants as text, to the second and back.

import { expect, test } from 'vitest';
import { dayOf, daysWithin, rfc3339, secondsOfRfc3339 } from '../../../../vault/domain/instant.ts';

test('seconds are RFC 3339 in UTC, without a fraction', () => {
  expect(rfc3339(0)).toBe('1970-01-01T00:00:00Z');
  expect(rfc3339(1_795_413_601)).toBe('2026-11-23T06:00:01Z');
});

test('a text gives its whole second; a fraction rounds towards the past', () => {
  expect(secondsOfRfc3339('2026-11-23T06:00:01Z')).toBe(1_795_413_601);
  expect(secondsOfRfc3339('2026-11-23T06:00:01.999Z')).toBe(1_795_413_601);
  expect(secondsOfRfc3339('2026-11-23T08:00:01+02:00')).toBe(1_795_413_601);
  expect(secondsOfRfc3339('2026-11-23t06:00:01.5z')).toBe(1_795_413_601);
});

test('the day of an instant is its date', () => {
  expect(dayOf('2026-11-23T06:00:01Z')).toBe('2026-11-23');
});

test('a time has parts of the days from its first instant to the last before its end', () => {
  const [noon, midnight] = [Date.parse('2026-11-23T12:00:00Z'), Date.parse('2026-11-25T00:00:00Z')];
  expect(daysWithin(noon, midnight)).toEqual(['2026-11-23T00:00:00.000Z', '2026-11-24T00:00:00.000Z']);
  expect(daysWithin(noon, midnight + 1).map(dayOf)).toEqual(['2026-11-23', '2026-11-24', '2026-11-25']);
  expect(daysWithin(noon, noon)).toEqual(['2026-11-23T00:00:00.000Z']);
  expect(daysWithin(midnight, midnight)).toEqual([]);
});
