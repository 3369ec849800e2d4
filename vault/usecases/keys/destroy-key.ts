// Destroys an app KEK: schedules its deletion, files a signed receipt, and only then marks the slot as destroyed.

import type { RingSlot } from '../../domain/kek-life/ring.ts';
import { latestExpiryS } from '../../domain/kek-life/slot.ts';
import { receiptToSign, signedReceipt } from '../../domain/receipt.ts';
import { type BundleReaper, SHARDS } from '../../ports/bundle-store.ts';
import { type Clock, secondsOf } from '../../ports/clock.ts';
import type { DestroyedKey, KeyMaker } from '../../ports/key-maker.ts';
import type { KeyRingWriter } from '../../ports/key-ring.ts';
import type { ReceiptLedger, ReceiptSigner } from '../../ports/ledger.ts';
import type { Telemetry } from '../../ports/telemetry.ts';

export interface DestroyDeps {
  clock: Clock;
  /** Name of the stack, for the receipt. */
  stack: string;
  keyRing: Pick<KeyRingWriter, 'markDestroyed'>;
  keyMaker: Pick<KeyMaker, 'destroy'>;
  ledger: ReceiptLedger;
  signer: ReceiptSigner;
  reaper: Pick<BundleReaper, 'expired'>;
  telemetry: Telemetry;
}

/** Most entries counted in one shard. After T2 the index holds only other apps' entries that wait for the sweeper. */
const MOST_LEFT = 1000;

/**
 * Destroys the key of a slot. May be cut off anywhere and repeated: KMS returns the same dates, and the first receipt
 * stays.
 *
 * @throws DaykeyError `unavailable`. The slot is then not marked as destroyed.
 */
export async function destroyKey(deps: DestroyDeps, slot: RingSlot & { readonly keyArn: string }): Promise<void> {
  const destroyed = await deps.keyMaker.destroy(slot.keyArn);
  if (destroyed) await fileReceipt(deps, slot, destroyed);
  else deps.telemetry.note('a key was already gone, so it has no receipt', { app: slot.app, slot: slot.slot });
  await deps.keyRing.markDestroyed(slot.app, slot.slot);
  deps.telemetry.count('KeysDestroyed', 1);
}

async function fileReceipt(deps: DestroyDeps, slot: RingSlot, destroyed: DestroyedKey): Promise<void> {
  const [tally, left] = await Promise.all([deps.ledger.tally(slot.app, slot.slot), countLeft(deps, slot)]);
  const toSign = receiptToSign(
    {
      stack: deps.stack,
      app: slot.app,
      dates: slot,
      keyArn: destroyed.arn,
      keyCreatedAtS: destroyed.createdAtS,
      pendingDeletionAtS: secondsOf(deps.clock()),
      materialGoneAtS: destroyed.goneAtS,
      bundles: { ...tally, ...(left !== undefined && { left }) },
    },
    deps.signer.keyArn,
  );
  const signature = await deps.signer.sign(Buffer.from(toSign));
  await deps.ledger.file(slot.app, slot.slot, signedReceipt(toSign, signature));
}

/** Bundles of the app that are still stored and expire no later than this slot allows; `undefined` when there are too many. */
async function countLeft({ reaper }: DestroyDeps, slot: RingSlot): Promise<number | undefined> {
  const lastExpiryS = latestExpiryS(slot);
  const shards = Array.from({ length: SHARDS }, (_, shard) => reaper.expired(shard, lastExpiryS, MOST_LEFT));
  const pages = await Promise.all(shards);
  // A full page may hide entries of this app behind those of another.
  if (pages.some((page) => page.length === MOST_LEFT)) return undefined;
  return pages.flat().filter(({ app, kind }) => app === slot.app && kind === 'bundle').length;
}
