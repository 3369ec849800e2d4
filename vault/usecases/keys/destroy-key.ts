// Destroy an app KEK: schedule its deletion, sign and file the receipt, and only then say in the ring that it is done.

import type { RingSlot } from '../../domain/kek-life/ring.ts';
import { latestExpiryS } from '../../domain/kek-life/slot.ts';
import { receiptToSign, signedReceipt } from '../../domain/receipt.ts';
import { type BundleReaper, ERASURE_ID, EXPIRY_SHARDS } from '../../ports/bundle-store.ts';
import { type Clock, secondsOf } from '../../ports/clock.ts';
import type { DestroyedKey, KeyMaker } from '../../ports/key-maker.ts';
import type { KeyRingWriter } from '../../ports/key-ring.ts';
import type { ReceiptLedger, ReceiptSigner } from '../../ports/ledger.ts';
import type { Telemetry } from '../../ports/telemetry.ts';

export interface DestroyDeps {
  clock: Clock;
  /** Name of the stack, as the receipt has it. */
  stack: string;
  keyRing: Pick<KeyRingWriter, 'markDestroyed'>;
  keyMaker: Pick<KeyMaker, 'destroy'>;
  ledger: ReceiptLedger;
  signer: ReceiptSigner;
  reaper: Pick<BundleReaper, 'expired'>;
  telemetry: Telemetry;
}

/** Entries looked at in one shard. After T2 there is nothing but what other apps are about to lose. */
const MOST_LEFT = 1000;

/**
 * Destroys the key of a slot. Stopped anywhere and done again, it comes to the same: KMS gives the same dates, and the
 * first receipt stays.
 *
 * @throws DaykeyError `unavailable`; the slot is then not marked as destroyed.
 */
export async function destroyKey(deps: DestroyDeps, slot: RingSlot & { readonly keyArn: string }): Promise<void> {
  const destroyed = await deps.keyMaker.destroy(slot.keyArn);
  if (destroyed) await fileReceipt(deps, slot, destroyed);
  else deps.telemetry.note('a key was gone before its end: it has no receipt', { app: slot.app, slot: slot.slot });
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
      bundles: { ...tally, ...(left === undefined ? {} : { left }) },
    },
    deps.signer.keyArn,
  );
  const signature = await deps.signer.sign(Buffer.from(toSign));
  await deps.ledger.file(slot.app, slot.slot, signedReceipt(toSign, signature));
}

/** Bundles of the app that still lie in the vault and expire with this slot's last one or before it; `undefined` when that is too many to count. */
async function countLeft({ reaper }: DestroyDeps, slot: RingSlot): Promise<number | undefined> {
  const lastExpiryS = latestExpiryS(slot);
  const shards = Array.from({ length: EXPIRY_SHARDS }, (_, shard) => reaper.expired(shard, lastExpiryS, MOST_LEFT));
  const pages = await Promise.all(shards);
  // Where one app's are many, another's may lie behind them.
  if (pages.some((page) => page.length === MOST_LEFT)) return undefined;
  return pages.flat().filter(({ key }) => key.app === slot.app && key.id !== ERASURE_ID).length;
}
