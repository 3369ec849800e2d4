// Expiry buckets: a slot's time cut into equal parts, so that KMS can refuse a value soon after its own expiry.

/** How the expiries of one slot are cut into buckets; fixed when the key is made, because the dates are in its policy. */
export interface Buckets {
  /** Start of the slot, and of bucket 0, in seconds since 1970. */
  readonly slot: number;
  /** Length of each bucket, in whole minutes, given in seconds. */
  readonly bucketWidthS: number;
  /** Number of buckets, 1 to 96: the last one holds the slot's latest expiry. */
  readonly bucketCount: number;
}

/** The most buckets in one slot: each is a statement, and a key policy has 32 KB (AWS KMS developer guide, quotas). */
export const MAX_BUCKETS = 96;
/** How long after a bucket's end KMS begins to refuse it, in seconds: a request that began in time is answered. */
export const BUCKET_DELAY_S = 60;

const WIDTH_STEP_S = 60;

/** The buckets of a slot whose expiries end with `latestExpiryS`: as narrow as 96 of them allow, in whole minutes. */
export function bucketsFor(slot: number, latestExpiryS: number): Pick<Buckets, 'bucketWidthS' | 'bucketCount'> {
  // One more second, because the latest expiry itself needs a bucket.
  const windowS = latestExpiryS - slot + 1;
  const bucketWidthS = Math.ceil(windowS / (MAX_BUCKETS * WIDTH_STEP_S)) * WIDTH_STEP_S;
  return { bucketWidthS, bucketCount: Math.ceil(windowS / bucketWidthS) };
}

/** The bucket of an expiry; `undefined` for one that this slot cannot have sealed. */
export function bucketAt({ slot, bucketWidthS, bucketCount }: Buckets, expiresAtS: number): number | undefined {
  const bucket = Math.floor((expiresAtS - slot) / bucketWidthS);
  return bucket >= 0 && bucket < bucketCount ? bucket : undefined;
}

/** The second from which the key's policy refuses to decrypt what lies in this bucket, T2 aside. */
export function bucketRefusedFromS({ slot, bucketWidthS }: Buckets, bucket: number): number {
  return slot + (bucket + 1) * bucketWidthS + BUCKET_DELAY_S;
}
