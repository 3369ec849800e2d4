// Erase: deletes all values of a subject, or single fields by their refs, before they expire.

import { BLOB_UPLOAD_SECONDS } from '../../wire/limits.ts';
import type { BlobAddress } from '../domain/blob-object.ts';
import { subjectTag } from '../domain/envelope/bundle.ts';
import { deriveFromRefKek } from '../domain/envelope/derive.ts';
import { bundleIdIn, expiryFault, parseRef } from '../domain/envelope/ref.ts';
import { keyHolder } from '../domain/kek-life/holder.ts';
import { isUsable, tagSalt } from '../domain/kek-life/ring.ts';
import type { BlobRemover } from '../ports/blob-store.ts';
import { type BundleEraser, ERASURE_REPEAT_S, type Removed, totalRemoved } from '../ports/bundle-store.ts';
import { type Clock, secondsOf } from '../ports/clock.ts';
import type { EntryLogEraser } from '../ports/entry-log.ts';
import type { TallyLedger } from '../ports/ledger.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Rings } from './rings.ts';

export interface EraseDeps {
  clock: Clock;
  rings: Pick<Rings, 'reload'>;
  eraser: BundleEraser;
  blobs: Pick<BlobRemover, 'remove'>;
  ledger: TallyLedger;
  telemetry: Telemetry;
  /** Absent in a vault without a Console. */
  loggedEntries?: EntryLogEraser | undefined;
}

/**
 * Erases everything of a subject. Returns the number of fields.
 *
 * A ref issued before this was asked for opens in no decrypt that begins after the answer. A write still in flight
 * counts as after it; if it had begun a second before, the sweeper erases it as well, a minute later.
 *
 * @throws DaykeyError `unavailable`; what was erased until then stays erased, and the sweeper repeats the rest.
 */
export async function eraseSubject(deps: EraseDeps, app: string, subject: string): Promise<number> {
  // A fresh read: a slot that has just become ready may hold something already.
  const slots = (await deps.rings.reload(app))?.slots.filter(isUsable) ?? [];
  const nowS = secondsOf(deps.clock());
  const removed = await Promise.all(
    slots.map(async (slot) => {
      const tag = subjectTag(tagSalt(slot), subject).toString('base64url');
      await deps.eraser.noteErasure(app, tag, nowS);
      await deps.loggedEntries?.eraseTag(app, tag);
      return await deps.eraser.eraseSubject(app, tag, nowS);
    }),
  );
  return await accountFor(deps, app, totalRemoved(removed));
}

/**
 * Erases single fields by their refs. Returns how many there were. Texts that are no refs, refs that have expired and refs of
 * which the sender does not hold the key erase nothing.
 */
export async function eraseRefs(deps: EraseDeps, app: string, refs: Iterable<string>): Promise<number> {
  const removed: Removed[] = [];
  for (const text of refs) {
    const ref = parseRef(text);
    if (ref === undefined || expiryFault(ref, secondsOf(deps.clock())) !== undefined) continue;
    const { wrapKey, possessionTag } = deriveFromRefKek(ref.refKek, ref.refId, ref.index);
    wrapKey.fill(0);
    ref.refKek.fill(0);
    const key = { app, expiresAtS: ref.expiresAtS, id: bundleIdIn(ref.refId) };
    removed.push(await deps.eraser.eraseField(key, ref.index, possessionTag));
  }
  return await accountFor(deps, app, totalRemoved(removed));
}

async function accountFor(deps: EraseDeps, app: string, { fields, bundles, blobs = [] }: Removed): Promise<number> {
  await eraseBlobs(deps, blobs);
  if (fields > 0) deps.telemetry.count('FieldsErased', fields);
  try {
    await Promise.all(
      bundles.map(({ pool, slot, count }) => deps.ledger.add(keyHolder(app, pool), slot, { erased: count })),
    );
  } catch {
    // The data is gone, which is what was asked for: a tally that is too low must not look like a failure.
    deps.telemetry.note('the tally of erased bundles is too low', { app });
  }
  return fields;
}

/** Deletes blobs whose keys are gone. The notes come first: the sweeper deletes what fails here, and what is uploaded later. */
async function eraseBlobs(deps: EraseDeps, blobs: readonly BlobAddress[]): Promise<void> {
  if (blobs.length === 0) return;
  const dueAtS = secondsOf(deps.clock()) + BLOB_UPLOAD_SECONDS + ERASURE_REPEAT_S;
  await Promise.all(blobs.map((blob) => deps.eraser.noteBlob(blob, dueAtS)));
  await deps.blobs.remove(blobs);
}
