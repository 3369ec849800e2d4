// Stores a change of one app's record, however many others change it at the same time.

import { type AppRecord, newRecord } from '../../domain/app-record.ts';
import { DaykeyError, isDaykeyError } from '../../domain/errors.ts';
import type { KeyRingWriter } from '../../ports/key-ring.ts';

export interface StoreDeps {
  readonly keyRing: Pick<KeyRingWriter, 'readRecord' | 'storeRecord'>;
}

/** How often a record is read again that someone else has just changed. */
const TRIES = 5;

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
  for (let tries = 1; ; tries += 1) {
    const read = (tries === 1 && known) || ((await keyRing.readRecord(app)) ?? newRecord(app));
    const next = change(read);
    if (next === read) return read;
    try {
      return await keyRing.storeRecord(next, read);
    } catch (error) {
      if (!isDaykeyError(error, 'conflict') || tries === TRIES) throw error;
    }
  }
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
