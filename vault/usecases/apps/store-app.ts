// Stores a change of one app's record, however many others change it at the same time.

import { type AppRecord, newRecord } from '../../domain/app-record.ts';
import { DaykeyError } from '../../domain/errors.ts';
import type { KeyRingWriter } from '../../ports/key-ring.ts';
import { storeChange } from './store-change.ts';

export interface StoreDeps {
  readonly keyRing: Pick<KeyRingWriter, 'readRecord' | 'storeRecord'>;
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
      store: (next, read) => keyRing.storeRecord(next, read),
    },
    change,
  );
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
