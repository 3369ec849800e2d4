// A value's life when no two clocks agree: the writer's, the reader's and that of KMS, each off by up to the grace.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BUCKET_DELAY_S, bucketAt } from '../../../../../vault/domain/kek-life/bucket.ts';
import { expiryFor } from '../../../../../vault/domain/kek-life/expiry.ts';
import { type KekLife, problemsOfLife } from '../../../../../vault/domain/kek-life/life.ts';
import { type AppRing, maxTtlAt, type RingSlot, slotForEncryption } from '../../../../../vault/domain/kek-life/ring.ts';
import { refusedFromS, slotDates } from '../../../../../vault/domain/kek-life/slot.ts';
import { aLife } from '../../../../support/lives.ts';

const INTERLEAVINGS = 100_000;
const FIRST_SLOT_S = 1_800_000_000;
const MANY_LIVES = fc.sample(aLife(), { numRuns: 500, seed: 94 });

/** Evenly spread, which doubles are not. */
const aShare = (min = 0, max = 1) => fc.integer({ min: min * 1000, max: max * 1000 }).map((n) => n / 1000);
/** How far a clock is off, in times of the grace. */
const anError = () => fc.oneof(fc.constantFrom(-1, 0, 1), aShare(-1, 1));

/** One value, by when it is written and for how long, and when it is read, by which clocks. */
const anInterleaving = () =>
  fc.record({
    life: fc.constantFrom(...MANY_LIVES),
    writtenAt: aShare(),
    writerError: anError(),
    ttl: aShare(),
    // Before and after the expiry, in times of the grace, or of what may pass until KMS refuses.
    reads: fc.array(fc.record({ at: aShare(-1, 2), isNear: fc.boolean(), error: anError() }), {
      minLength: 1,
      maxLength: 5,
    }),
  });

test('100,000 interleavings: no unexpired value is lost to clocks, and KMS refuses each within a width and a minute', () => {
  const seen = { sealed: 0, opened: 0, expired: 0, refused: 0 };
  fc.assert(
    fc.property(anInterleaving(), ({ life, writtenAt, writerError, ttl, reads }) => {
      const ring = ringOf(life);
      const nowS = FIRST_SLOT_S + Math.floor(writtenAt * 2 * life.cycleS);
      const writerS = nowS + Math.round(writerError * life.graceS);
      const slot = slotForEncryption(ring, writerS);
      // KMS begins at once and stops at T1, by its own clock. What it refuses to encrypt was never answered.
      if (slot === undefined || nowS >= slot.encryptUntilS || maxTtlAt(slot, writerS) < 60) return;
      const ttlSeconds = 60 + Math.floor(ttl * (maxTtlAt(slot, writerS) - 60));
      const expiresAtS = expiryFor({ ttlSeconds }, slot, life.maxTtlS, writerS);
      const bucket = bucketAt(slot, expiresAtS);
      if (bucket === undefined) throw new Error('the expiry has no bucket');
      seen.sealed += 1;

      const latestS = slot.bucketWidthS + BUCKET_DELAY_S;
      const refusedS = refusedFromS(slot, bucket);
      for (const { at, isNear, error } of reads) {
        const readS = expiresAtS + Math.round(at * (isNear ? life.graceS : latestS));
        const readerSaysExpired = readS + Math.round(error * life.graceS) >= expiresAtS;
        const isRefused = readS >= refusedS;
        // KMS, for every caller: never before the expiry, and always a width and a minute after it.
        if (readS < expiresAtS) expect(isRefused).toBe(false);
        if (readS >= expiresAtS + latestS) expect(isRefused).toBe(true);
        // The functions: what both clocks call unexpired is answered. A refusal counts as expired by KMS's own date.
        const outcome = readerSaysExpired ? 'expired' : isRefused ? 'refused' : 'opened';
        seen[outcome] += 1;
        if (readS < expiresAtS && !readerSaysExpired) expect(outcome).toBe('opened');
        if (outcome === 'refused') expect(readS).toBeGreaterThanOrEqual(expiresAtS);
        if (outcome === 'opened') expect(readS - expiresAtS).toBeLessThan(Math.min(life.graceS + 1, latestS));
      }
    }),
    { numRuns: INTERLEAVINGS },
  );
  // Nothing would be shown by interleavings in which nothing happens.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(INTERLEAVINGS / 1000);
}, 600_000);

/** Two slots one after the other, both ready: a writer with a slow clock still takes the first. */
function ringOf(life: KekLife): AppRing {
  expect(problemsOfLife(life, true)).toEqual([]);
  const slots = [FIRST_SLOT_S + life.cycleS, FIRST_SLOT_S].map(
    (startS): RingSlot => ({
      ...slotDates(startS, startS + life.cycleS, life),
      holder: { app: 'shop' },
      state: 'ready',
      keyArn: `arn:aws:kms:eu-central-1:111122223333:key/${startS}`,
      salt: Buffer.alloc(32),
    }),
  );
  const settings = { app: 'shop', life, defaultTtlS: life.maxTtlS, integrations: {}, state: 'live' as const };
  return { settings, generations: {}, slots };
}
