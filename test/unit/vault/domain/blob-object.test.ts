// The object that holds an encrypted blob: its key, and how many days the bucket keeps it at most.

import { expect, test } from 'vitest';
import {
  blobDays,
  blobObjectKey,
  blobPrefixes,
  isBlobDays,
  isBlobObjectKey,
  MAX_BLOB_DAYS,
} from '../../../../vault/domain/blob-object.ts';
import { BLOB_UPLOAD_SECONDS, MAX_TTL_SECONDS } from '../../../../wire/limits.ts';

const NOW_S = 1_800_000_000;
const DAY_S = 24 * 3600;
const ID = 'aB3_-'.repeat(4);

test.each([
  [60, 1],
  [DAY_S - BLOB_UPLOAD_SECONDS, 1],
  [DAY_S - BLOB_UPLOAD_SECONDS + 1, 2],
  [DAY_S, 2],
  [MAX_TTL_SECONDS, 8],
])('a blob that lives %i s is kept, with the time to upload it, for %i days at most', (lifeS, days) => {
  expect(blobDays(NOW_S, NOW_S + lifeS)).toBe(days);
  expect(isBlobDays(days)).toBe(true);
});

test.each([0, 9, 1.5, -1, '1', undefined, null, Number.NaN])('%j is no number of days of a blob', (days) => {
  expect(isBlobDays(days)).toBe(false);
});

test('the key of an object begins with its days and its app, and those beginnings are listed for each number of days', () => {
  expect(blobObjectKey({ app: 'shop', id: ID, days: 3 })).toBe(`d3/shop/${ID}`);
  expect(blobPrefixes('shop')).toEqual(Array.from({ length: MAX_BLOB_DAYS }, (_, at) => `d${at + 1}/shop/`));
  expect(MAX_BLOB_DAYS).toBe(8);
});

test.each([`d1/shop/${ID}`, `d8/shop/${ID}`])('%s is the key of a blob', (key) => {
  expect(isBlobObjectKey(key)).toBe(true);
});

test.each([
  `d0/shop/${ID}`,
  `d9/shop/${ID}`,
  `d1//${ID}`,
  `d1/shop/more/${ID}`,
  `d1/shop/${ID}a`,
  `d1/shop/${ID.slice(1)}`,
  `d1/shop/${ID.slice(1)}.`,
  `x/d1/shop/${ID}`,
])('%s is not the key of a blob', (key) => {
  expect(isBlobObjectKey(key)).toBe(false);
});
