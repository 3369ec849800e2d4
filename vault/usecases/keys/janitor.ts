// Janitor: destroys orphaned keys, which no ring row names because a rotator was cut off after it had made them.

import { holderName } from '../../domain/kek-life/holder.ts';
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

/**
 * Destroys orphaned keys past their T2. Before T2 a key may only look orphaned, because its row is about to be written.
 * Keys of an app whose settings cannot be read are not destroyed here: once repaired, the rotator destroys them with a receipt.
 *
 * @throws AggregateError when some keys could not be destroyed. The others are.
 */
export async function tidyUp({ clock, keyRing, keyMaker, telemetry }: JanitorDeps): Promise<void> {
  const known = new Set<string>();
  const unreadable = new Set<string>();
  for await (const { slots } of keyRing.all((app) => unreadable.add(app))) {
    for (const { keyArn } of slots) if (keyArn !== undefined) known.add(keyArn);
  }
  let orphaned = 0;
  const failures: unknown[] = [];
  for await (const { arn, holder, decryptUntilS } of keyMaker.list(known)) {
    if (unreadable.has(holderName(holder))) continue;
    orphaned += 1;
    if (secondsOf(clock()) < decryptUntilS) continue;
    try {
      await keyMaker.destroy(arn);
      telemetry.count('KeysDestroyed', 1);
    } catch (error) {
      failures.push(error);
    }
  }
  telemetry.count('OrphanedKeys', orphaned);
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} orphaned keys could not be destroyed`);
}
