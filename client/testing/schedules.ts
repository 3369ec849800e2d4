// Time that passes, and what the vault's schedules do meanwhile: keys come and go, what has expired is swept.

import { stepsDue } from '../../vault/domain/kek-life/plan.ts';
import { rotate } from '../../vault/usecases/keys/rotate.ts';
import { sweep } from '../../vault/usecases/sweep.ts';
import type { Parts } from './parts.ts';

// As the rotate function's schedule: every five minutes, and for short lives twelve times a lead.
const USUAL_PERIOD_S = 300;
const RUNS_PER_LEAD = 12;

/**
 * Lets time pass. Every run of the rotate function that has something to do takes place at its own time, after a sweep;
 * the last sweep is at the end. Runs without anything to do are left out: they change nothing.
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

/** The next run of the rotate function that has something to do, in seconds; none up to and including `endS`. */
async function nextRotation({ clock, keyRing }: Parts, endS: number): Promise<number | undefined> {
  let nextS: number | undefined;
  for await (const ring of keyRing.all()) {
    const periodS = Math.min(USUAL_PERIOD_S, Math.max(1, Math.floor(ring.settings.life.leadS / RUNS_PER_LEAD)));
    let atS = (Math.floor(clock() / 1000 / periodS) + 1) * periodS;
    while (atS <= (nextS ?? endS) && stepsDue(ring, atS).length === 0) atS += periodS;
    if (atS <= (nextS ?? endS)) nextS = atS;
  }
  return nextS;
}
