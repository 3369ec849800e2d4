// Lets time pass, and runs what the vault's schedules would have run: the rotator and the sweeper.

import { stepsDue } from '../../vault/domain/kek-life/plan.ts';
import { ownRing } from '../../vault/domain/kek-life/ring.ts';
import { rotate } from '../../vault/usecases/keys/rotate.ts';
import { sweep } from '../../vault/usecases/sweep.ts';
import type { Parts } from './parts.ts';

// The schedule of the rotate function: every five minutes, and for short lives twelve times in each lead.
const USUAL_PERIOD_S = 300;
const RUNS_PER_LEAD = 12;

/**
 * Lets time pass. Each run of the rotate function that has something to do happens at its scheduled time, after a sweep;
 * one more sweep comes at the end. Runs with nothing to do change nothing and are left out.
 */
export async function passTime(parts: Parts, seconds: number): Promise<void> {
  const endS = Math.floor(parts.clock() / 1000) + seconds;
  const endMs = parts.clock() + seconds * 1000;
  for (let atS = await nextRotation(parts, endS); atS !== undefined; atS = await nextRotation(parts, endS)) {
    parts.setTime(atS * 1000);
    await sweep(parts.sweepDeps);
    await rotate(parts.rotateDeps);
  }
  parts.setTime(endMs);
  await sweep(parts.sweepDeps);
}

/** When the rotate function next has something to do, in seconds since 1970; `undefined` if not by `endS`. */
async function nextRotation({ clock, keyRing }: Parts, endS: number): Promise<number | undefined> {
  let nextS: number | undefined;
  for await (const ring of keyRing.all()) {
    const periodS = Math.min(USUAL_PERIOD_S, Math.max(1, Math.floor(ring.settings.life.leadS / RUNS_PER_LEAD)));
    let atS = (Math.floor(clock() / 1000 / periodS) + 1) * periodS;
    while (atS <= (nextS ?? endS) && stepsDue(ownRing(ring), atS).length === 0) atS += periodS;
    if (atS <= (nextS ?? endS)) nextS = atS;
  }
  return nextS;
}
