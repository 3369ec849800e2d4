// Janitor: finds keys of this stack that no ring row knows, left by a rotator that was cut off, and destroys them at T2.

import { type Clock, secondsOf } from '../../ports/clock.ts';
import type { KeyMaker } from '../../ports/key-maker.ts';
import type { KeyRingWriter } from '../../ports/key-ring.ts';
import type { Telemetry } from '../../ports/telemetry.ts';

export interface JanitorDeps {
  clock: Clock;
  keyRing: Pick<KeyRingWriter, 'all'>;
  keyMaker: Pick<KeyMaker, 'list' | 'destroy'>;
  telemetry: Telemetry;
}

/** Destroys orphans past their T2. Before it an orphan may be a key whose row is about to be written: it can wait. */
export async function tidyUp(deps: JanitorDeps): Promise<void> {
  const known = new Set<string>();
  for await (const { slots } of deps.keyRing.all()) {
    for (const { keyArn } of slots) if (keyArn !== undefined) known.add(keyArn);
  }
  let orphans = 0;
  for await (const { arn, decryptUntilS } of deps.keyMaker.list(known)) {
    orphans += 1;
    if (secondsOf(deps.clock()) < decryptUntilS) continue;
    await deps.keyMaker.destroy(arn);
    deps.telemetry.count('KeysDestroyed', 1);
  }
  deps.telemetry.count('OrphanKeys', orphans);
}
