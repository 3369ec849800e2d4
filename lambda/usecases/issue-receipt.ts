// Issue a receipt: what is said, signed and filed when an app KEK's deletion is scheduled.

import type { RingSlot } from '../domain/kek-life/ring.ts';
import { receiptToSign, signedReceipt } from '../domain/receipt.ts';
import { type BundleReaper, EXPIRY_SHARDS } from '../ports/bundle-store.ts';
import type { DestroyedKey } from '../ports/key-maker.ts';
import type { ReceiptLedger, ReceiptSigner } from '../ports/ledger.ts';

export interface ReceiptDeps {
  stack: string;
  ledger: ReceiptLedger;
  signer: ReceiptSigner;
  reaper: Pick<BundleReaper, 'expired'>;
}

/** Bundles counted as left, at most, in one shard: more than a handful is a finding in itself. */
const MOST_LEFT = 1000;

/**
 * Signs and files the receipt of a slot. Once filed it stays, so doing it again after a crash does no harm.
 *
 * @throws DaykeyError `unavailable`; the slot is then not marked as destroyed, and the next run does it again.
 */
export async function issueReceipt(deps: ReceiptDeps, slot: RingSlot, destroyed: DestroyedKey): Promise<void> {
  const [tally, left] = await Promise.all([deps.ledger.tally(slot.app, slot.slot), countLeft(deps, slot)]);
  const toSign = receiptToSign(
    {
      stack: deps.stack,
      app: slot.app,
      dates: slot,
      keyArn: destroyed.arn,
      keyCreatedAtS: destroyed.createdAtS,
      deletionScheduledAtS: destroyed.scheduledAtS,
      materialGoneAtS: destroyed.goneAtS,
      bundles: { ...tally, left },
    },
    deps.signer.keyArn,
  );
  const signature = await deps.signer.sign(Buffer.from(toSign));
  await deps.ledger.file(slot.app, slot.slot, signedReceipt(toSign, signature));
}

/** Bundles of the app, of this slot or an older one, that still lie in the vault although nothing of the slot may. */
async function countLeft({ reaper }: ReceiptDeps, { app, decryptUntilS }: RingSlot): Promise<number> {
  const shards = Array.from({ length: EXPIRY_SHARDS }, (_, shard) => reaper.expired(shard, decryptUntilS, MOST_LEFT));
  return (await Promise.all(shards)).flat().filter(({ key }) => key.app === app).length;
}
