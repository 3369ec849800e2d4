// The bucket of an expiry, at the edges of a slot.

import { expect, test } from 'vitest';
import { bucketAt } from '../../../../../vault/domain/kek-life/bucket.ts';

const SLOT = { slot: 1_800_000_000, bucketWidthS: 60, bucketCount: 3 };

test.each([
  [-1, undefined],
  [0, 0],
  [59, 0],
  [60, 1],
  [179, 2],
  [180, undefined],
  [240, undefined],
])('an expiry %i s after the start of the slot lies in bucket %s', (seconds, bucket) => {
  expect(bucketAt(SLOT, SLOT.slot + seconds)).toBe(bucket);
});
