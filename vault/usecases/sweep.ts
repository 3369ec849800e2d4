// Sweep: deletes what has expired, within a minute or two. Nothing readable depends on it: every read checks the expiry.

import type { BlobAddress } from '../domain/blob-object.ts';
import { keyHolder } from '../domain/kek-life/holder.ts';
import type { BlobRemover } from '../ports/blob-store.ts';
import { type BundleReaper, type Due, SHARDS } from '../ports/bundle-store.ts';
import { type Clock, secondsOf } from '../ports/clock.ts';
import type { TallyLedger } from '../ports/ledger.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { type Tallies, talliesOf } from './tallies.ts';

export interface SweepDeps {
  clock: Clock;
  reaper: BundleReaper;
  blobs: Pick<BlobRemover, 'remove'>;
  ledger: TallyLedger;
  telemetry: Telemetry;
}

/** How long one run may go on, in milliseconds: it ends before the next one begins. */
export const SWEEP_BUDGET_MS = 45_000;
/** Deletes of one shard that run at the same time. All shards are swept at once. */
const DELETES_AT_ONCE = 2;
/** A store that does not answer takes seconds for each blob. After so many failures a run leaves blobs to the next one. */
const MOST_BLOB_FAILURES = 16;

/** One run. */
interface Run extends SweepDeps {
  readonly nowS: number;
  readonly untilMs: number;
  readonly tallies: Tallies;
  /** Failures to delete single rows. */
  readonly failures: unknown[];
  blobFailures: number;
  swept: number;
  unreadable: number;
}

/**
 * Deletes everything that is due until the time is up. The next run begins at the oldest row again, so late writes, crashes
 * and outages need no mark that could be lost.
 *
 * @param scheduledAtS when this run was due, in seconds since 1970. The earlier of this and our clock decides what has
 * expired, so a clock that is ahead deletes nothing early. @default our clock
 * @throws the first failure, after everything else was tried: one row or shard never keeps another from being swept.
 */
export async function sweep(deps: SweepDeps, scheduledAtS = Number.POSITIVE_INFINITY): Promise<void> {
  const startedMs = deps.clock();
  const nowS = Math.min(secondsOf(startedMs), scheduledAtS);
  if (!Number.isSafeInteger(nowS)) throw new RangeError('the time of the event is not an instant');
  const untilMs = startedMs + SWEEP_BUDGET_MS;
  const run: Run = {
    ...deps,
    nowS,
    untilMs,
    tallies: talliesOf(deps),
    failures: [],
    blobFailures: 0,
    swept: 0,
    unreadable: 0,
  };
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
  const results = await Promise.allSettled(shards.map((shard) => sweepShard(run, shard)));
  const [counted] = await Promise.allSettled([run.tallies.flush()]);
  if (run.swept > 0) deps.telemetry.count('BundlesSwept', run.swept);
  if (run.unreadable > 0) deps.telemetry.count('UnreadableRows', run.unreadable);
  const failed = [...results, counted].find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  if (run.failures.length > 0) throw run.failures[0];
  const lags = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
  deps.telemetry.count('SweeperLagSeconds', Math.max(...lags));
}

/** Sweeps one shard; by how many seconds its oldest row was late. */
async function sweepShard(run: Run, shard: number): Promise<number> {
  let lagS = 0;
  for await (const page of run.reaper.due(shard, run.nowS)) {
    for (const { dueAtS = run.nowS } of page) lagS = Math.max(lagS, run.nowS - dueAtS);
    for (let start = 0; start < page.length; start += DELETES_AT_ONCE) {
      if (run.clock() >= run.untilMs) return lagS;
      await Promise.all(page.slice(start, start + DELETES_AT_ONCE).map((due) => removeOne(run, due)));
    }
  }
  return lagS;
}

/** Removes one row. A row that cannot be removed does not stop the others. */
async function removeOne(run: Run, due: Due): Promise<void> {
  try {
    if (due.kind === 'erasure') {
      // The note stays until the erasure was repeated.
      const erased = run.reaper.repeatErasure(due, run.nowS, (blobs) => removeBlobs(run, blobs));
      for (const { pool, slot, count } of await erased) {
        run.tallies.add(keyHolder(due.app, pool), slot, 'erased', count);
        run.swept += count;
      }
    }
    // The row stays until its blob is deleted.
    if ((due.kind === 'bundle' || due.kind === 'blob') && due.blob) await removeBlobs(run, [due.blob]);
    if (!(await run.reaper.remove(due))) return;
  } catch (error) {
    run.failures.push(error);
    return;
  }
  if (due.kind === 'unreadable') run.unreadable += 1;
  if (due.kind !== 'bundle') return;
  run.tallies.add(keyHolder(due.app, due.pool), due.slot, 'swept');
  run.swept += 1;
}

async function removeBlobs(run: Run, blobs: readonly BlobAddress[]): Promise<void> {
  if (blobs.length === 0) return;
  if (run.blobFailures >= MOST_BLOB_FAILURES) throw new Error('the store of blobs failed too often in this run');
  try {
    await run.blobs.remove(blobs);
  } catch (error) {
    run.blobFailures += 1;
    throw error;
  }
}
