// Expiry buckets: whatever the settings, each expiry has one bucket, and the bucket ends soon after it and never before.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  BUCKET_DELAY_S,
  bucketAt,
  bucketRefusedFromS,
  bucketsFor,
  MAX_BUCKETS,
} from '../../../../../vault/domain/kek-life/bucket.ts';
import { DEFAULT_LIFE } from '../../../../../vault/domain/kek-life/life.ts';
import { latestExpiryS, refusedFromS, slotDates } from '../../../../../vault/domain/kek-life/slot.ts';
import { aLife } from '../../../../support/lives.ts';

const aSlot = () =>
  fc
    .record({
      life: aLife(),
      slot: fc.integer({ min: 0, max: 2 ** 31 }),
      shorterBy: fc.double({ min: 0, max: 0.9, noNaN: true }),
    })
    // An emergency slot ends with its regular neighbour, so it may be shorter than a cycle.
    .map(({ life, slot, shorterBy }) => slotDates(slot, slot + Math.ceil(life.cycleS * (1 - shorterBy)), life));

test('M21: every expiry that the slot may seal has a bucket, and no other expiry has one that ends before it', () => {
  fc.assert(
    fc.property(aSlot(), fc.double({ min: -0.5, max: 1.5, noNaN: true }), (dates, share) => {
      const { slot, bucketWidthS, bucketCount } = dates;
      const latestS = latestExpiryS(dates);
      const expiresAtS = Math.round(slot + share * (latestS - slot));
      const bucket = bucketAt(dates, expiresAtS);
      if (expiresAtS < slot) expect(bucket).toBeUndefined();
      if (expiresAtS >= slot && expiresAtS <= latestS) expect(bucket).toBeDefined();
      if (expiresAtS >= slot + bucketWidthS * bucketCount) expect(bucket).toBeUndefined();
      if (bucket === undefined) return;
      const endS = bucketRefusedFromS(dates, bucket) - BUCKET_DELAY_S;
      expect(endS).toBeGreaterThan(expiresAtS);
      expect(endS - expiresAtS).toBeLessThanOrEqual(bucketWidthS);
    }),
    { numRuns: 2000 },
  );
});

test('M22: KMS refuses a value a minute after its expiry at the earliest, and one width and a minute after it at the latest', () => {
  fc.assert(
    fc.property(aSlot(), fc.double({ min: 0, max: 1, noNaN: true }), (dates, share) => {
      const latestS = latestExpiryS(dates);
      const expiresAtS = Math.round(dates.slot + share * (latestS - dates.slot));
      const refusedS = refusedFromS(dates, bucketAt(dates, expiresAtS) ?? Number.NaN);
      expect(refusedS - expiresAtS).toBeGreaterThan(Math.min(BUCKET_DELAY_S, dates.marginS - 1));
      expect(refusedS - expiresAtS).toBeLessThanOrEqual(dates.bucketWidthS + BUCKET_DELAY_S);
      expect(refusedS).toBeLessThanOrEqual(dates.decryptUntilS);
    }),
    { numRuns: 2000 },
  );
});

test('M21: a slot has at most 96 buckets of whole minutes, as narrow as that allows, and the last one holds its latest expiry', () => {
  fc.assert(
    fc.property(aSlot(), (dates) => {
      const { slot, bucketWidthS, bucketCount } = dates;
      const latestS = latestExpiryS(dates);
      expect(bucketWidthS % 60).toBe(0);
      expect(bucketCount).toBeGreaterThanOrEqual(1);
      expect(bucketCount).toBeLessThanOrEqual(MAX_BUCKETS);
      expect(bucketAt(dates, latestS)).toBe(bucketCount - 1);
      if (bucketWidthS > 60) expect(slot + MAX_BUCKETS * (bucketWidthS - 60)).toBeLessThanOrEqual(latestS);
    }),
    { numRuns: 2000 },
  );
});

test('M21: with the default settings a bucket is 31 minutes wide, with a maximum of 7 days 121', () => {
  const widthMinutes = (maxTtlS: number) => slotDates(0, 86_400, { ...DEFAULT_LIFE, maxTtlS }).bucketWidthS / 60;
  expect([widthMinutes(86_400), widthMinutes(7 * 86_400)]).toEqual([31, 121]);
  expect(bucketsFor(0, 60)).toEqual({ bucketWidthS: 60, bucketCount: 2 });
});
