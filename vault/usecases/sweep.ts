// Sweep: deletes what has expired, within a minute or two. Nothing readable depends on it: every read checks the expiry.

import {
  type BundleEraser,
  type BundleReaper,
  ERASURE_REPEAT_S,
  type Expired,
  type Removed,
  SHARDS,
  totalRemoved,
} from '../ports/bundle-store.ts';
import { type Clock, secondsOf } from '../ports/clock.ts';
import type { TallyLedger } from '../ports/ledger.ts';
import type { Telemetry } from '../ports/telemetry.ts';

export interface SweepDeps {
  clock: Clock;
  reaper: BundleReaper;
  eraser: Pick<BundleEraser, 'eraseSubject'>;
  ledger: TallyLedger;
  telemetry: Telemetry;
}

/** How long one run may go on, in milliseconds: it ends before the next one begins. */
export const SWEEP_BUDGET_MS = 45_000;
const PAGE = 100;
const DELETES_AT_ONCE = 10;

/** Deletes until nothing expired is left or the time is up; the next run carries on, with no mark to lose. */
export async function sweep(deps: SweepDeps): Promise<void> {
  const startedMs = deps.clock();
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
  const results = await Promise.allSettled(shards.map((shard) => sweepShard(deps, shard, startedMs + SWEEP_BUDGET_MS)));
  // A shard that fails does not stop the others.
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  const lags = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
  deps.telemetry.count('SweeperLagSeconds', Math.max(...lags));
}

/** Sweeps one shard; by how many seconds its oldest entry was late. */
async function sweepShard(deps: SweepDeps, shard: number, untilMs: number): Promise<number> {
  let lagS = 0;
  const seen = new Set<string>();
  while (deps.clock() < untilMs) {
    const nowS = secondsOf(deps.clock());
    const page = await deps.reaper.expired(shard, nowS, PAGE);
    lagS = Math.max(lagS, ...page.map(({ dueAtS }) => nowS - dueAtS));
    // The index goes on showing what has just been deleted for a moment.
    const due = page.filter((entry) => !seen.has(nameOf(entry)));
    for (const entry of due) seen.add(nameOf(entry));
    for (let start = 0; start < due.length; start += DELETES_AT_ONCE) {
      await removeAll(deps, due.slice(start, start + DELETES_AT_ONCE), nowS);
    }
    if (page.length < PAGE || due.length === 0) break;
  }
  return lagS;
}

async function removeAll(deps: SweepDeps, due: readonly Expired[], nowS: number): Promise<void> {
  const apps = new Set(due.map(({ app }) => app));
  for (const app of apps) {
    const entries = due.filter((entry) => entry.app === app);
    const swept: Removed[] = [];
    const erased: Removed[] = [];
    await Promise.all(
      entries.map(async (entry) => {
        if (entry.kind === 'erasure') {
          erased.push(await deps.eraser.eraseSubject(app, entry.subjectTag, entry.dueAtS - ERASURE_REPEAT_S));
        }
        swept.push(await deps.reaper.deleteExpired(entry, nowS));
      }),
    );
    await record(deps, app, totalRemoved(swept), totalRemoved(erased));
  }
}

async function record(deps: SweepDeps, app: string, swept: Removed, erased: Removed): Promise<void> {
  const slots = new Set([...swept.bundles.keys(), ...erased.bundles.keys()]);
  for (const slot of slots) {
    const counts = { swept: swept.bundles.get(slot) ?? 0, erased: erased.bundles.get(slot) ?? 0 };
    await deps.ledger.add(app, slot, counts);
    deps.telemetry.count('BundlesSwept', counts.swept + counts.erased);
  }
}

function nameOf(entry: Expired): string {
  return entry.kind === 'bundle' ? `${entry.app}#${entry.dueAtS}#${entry.id}` : `${entry.app}#${entry.subjectTag}`;
}
