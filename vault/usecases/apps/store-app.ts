// Stores a change of one app's record, however many others change it at the same time, and plans the keys that it asks for.

import { type AppRecord, newRecord } from '../../domain/app-record.ts';
import { DaykeyError } from '../../domain/errors.ts';
import { holderName } from '../../domain/kek-life/holder.ts';
import { isSameUpkeep, type UpkeepChange, upkeepChanges } from '../../domain/kek-life/upkeep.ts';
import type { KeyRingWriter } from '../../ports/key-ring.ts';
import { storeChange } from './store-change.ts';

export interface StoreDeps {
  readonly keyRing: Pick<KeyRingWriter, 'readRecord' | 'storeRecord' | 'plan'>;
}

/**
 * Stores what `change` makes of the record, or nothing when it returns the same one. Returns the record as it is then.
 *
 * @param known the record as it was read a moment ago. @default it is read now
 * @throws DaykeyError `conflict` when others are always faster; whatever `change` throws.
 */
export async function storeApp(
  { keyRing }: StoreDeps,
  app: string,
  change: (record: AppRecord) => AppRecord,
  known?: AppRecord,
): Promise<AppRecord> {
  return await storeChange<AppRecord>(
    {
      read: async (tries) => (tries === 1 && known) || ((await keyRing.readRecord(app)) ?? newRecord(app)),
      async store(next, read) {
        const stored = await keyRing.storeRecord(next, read);
        // What a crash leaves out here, the janitor plans.
        if (next.settings && next.settings !== read.settings) {
          for (const each of upkeepChanges(next.settings, read.settings)) await keyRing.plan(each);
        }
        return stored;
      },
    },
    change,
  );
}

/** The ring for a batch of apps: those of one pool ask for the same keys, and their plan is written once. */
export function forOneBatch({ readRecord, storeRecord, plan }: StoreDeps['keyRing']): StoreDeps['keyRing'] {
  const planned = new Map<string, { readonly change: UpkeepChange; readonly written: Promise<void> }>();
  return {
    readRecord,
    storeRecord,
    async plan(change) {
      const name = holderName(change.holder);
      const last = planned.get(name);
      const written = last && isSameUpkeep(last.change, change) ? last.written : plan(change);
      planned.set(name, { change, written });
      await written;
    },
  };
}

/** What a request of the stack makes of a record: never anything that a later request has stored already. */
export function inEpoch(epoch: number, change: (record: AppRecord) => AppRecord, isForced: boolean) {
  return (record: AppRecord): AppRecord => {
    if (record.epoch > epoch) throw new DaykeyError('conflict', 'a later deployment came in between');
    const next = change(record);
    // Forced: the higher epoch stops an earlier request that is still at work.
    return next === record && !isForced ? record : { ...next, epoch };
  };
}
