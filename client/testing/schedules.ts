// Lets time pass, and runs what the vault's schedules would have run: the rotator and the sweeper.

import { DUE_SHARDS } from '../../vault/domain/kek-life/due.ts';
import { DEFAULT_LIFE } from '../../vault/domain/kek-life/life.ts';
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
  const nowS = Math.floor(clock() / 1000);
  let nextS: number | undefined;
  for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
    for await (const page of keyRing.due(shard, endS)) {
      for (const { holder, dueAtS } of page) {
        const { leadS } = (await keyRing.planned(holder))?.life ?? DEFAULT_LIFE;
        const periodS = Math.min(USUAL_PERIOD_S, Math.max(1, Math.floor(leadS / RUNS_PER_LEAD)));
        const atS = Math.max(Math.floor(nowS / periodS) + 1, Math.ceil(dueAtS / periodS)) * periodS;
        if (atS <= (nextS ?? endS)) nextS = atS;
      }
    }
  }
  return nextS;
}
