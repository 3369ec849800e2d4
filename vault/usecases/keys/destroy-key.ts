// Destroys an app KEK: schedules its deletion with a signed receipt, and files another one when KMS says that the key is gone.

import { holderName, isSameHolder, keyHolder } from '../../domain/kek-life/holder.ts';
import type { RingSlot } from '../../domain/kek-life/ring.ts';
import { latestExpiryS } from '../../domain/kek-life/slot.ts';
import { keyGoneToSign, receiptToSign, signedReceipt } from '../../domain/receipt.ts';
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
  keyRing: Pick<KeyRingWriter, 'markDestroyed' | 'forget'>;
  keyMaker: Pick<KeyMaker, 'destroy' | 'isGone'>;
  ledger: ReceiptLedger;
  signer: ReceiptSigner;
  reaper: Pick<BundleReaper, 'due'>;
  telemetry: Telemetry;
}

/** Most rows looked at in one shard. After T2 hardly any row is left before the slot's last expiry. */
const MOST_LOOKED_AT = 1000;

/**
 * Destroys the key of a slot. May be cut off anywhere and repeated: KMS returns the same dates, and the first receipt
 * stays.
 *
 * @throws DaykeyError `unavailable`. The slot is then not marked as destroyed.
 */
export async function destroyKey(deps: DestroyDeps, slot: RingSlot & { readonly keyArn: string }): Promise<void> {
  const destroyed = await deps.keyMaker.destroy(slot.keyArn);
  if (destroyed) {
    await fileReceipt(deps, slot, destroyed);
  } else {
    deps.telemetry.note('a key was already gone, so it has no first receipt', {
      holder: holderName(slot.holder),
      slot: slot.slot,
    });
    await fileKeyGone(deps, slot);
  }
  await deps.keyRing.markDestroyed(slot.holder, slot.slot, destroyed?.goneAtS);
  deps.telemetry.count('KeysDestroyed', 1);
}

/**
 * Asks KMS whether the key of a destroyed slot is gone. If so, files the second receipt and forgets the slot. If not, its
 * deletion is scheduled again: it was cancelled, or KMS is late, and then that changes nothing.
 *
 * @throws DaykeyError `unavailable`. The slot is then kept.
 */
export async function confirmGone(deps: DestroyDeps, slot: RingSlot & { readonly keyArn: string }): Promise<void> {
  if (!(await deps.keyMaker.isGone(slot.keyArn))) {
    deps.telemetry.note('a key is still there after its deletion was due', {
      holder: holderName(slot.holder),
      slot: slot.slot,
    });
    const destroyed = await deps.keyMaker.destroy(slot.keyArn);
    if (destroyed) return await deps.keyRing.markDestroyed(slot.holder, slot.slot, destroyed.goneAtS);
  }
  await fileKeyGone(deps, slot);
  await deps.keyRing.forget(slot.holder, slot.slot, secondsOf(deps.clock()));
}

async function fileKeyGone(deps: DestroyDeps, slot: RingSlot & { readonly keyArn: string }): Promise<void> {
  const toSign = keyGoneToSign(
    {
      stack: deps.stack,
      holder: slot.holder,
      slot: slot.slot,
      keyArn: slot.keyArn,
      notFoundAtS: secondsOf(deps.clock()),
      destructionReceipt: await deps.ledger.receipt(slot.holder, slot.slot),
    },
    deps.signer.keyArn,
  );
  const signature = await deps.signer.sign(Buffer.from(toSign));
  await deps.ledger.fileKeyGone(slot.holder, slot.slot, signedReceipt(toSign, signature));
}

async function fileReceipt(deps: DestroyDeps, slot: RingSlot, destroyed: DestroyedKey): Promise<void> {
  const [tally, left] = await Promise.all([deps.ledger.tally(slot.holder, slot.slot), countLeft(deps, slot)]);
  const toSign = receiptToSign(
    {
      stack: deps.stack,
      holder: slot.holder,
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
  await deps.ledger.file(slot.holder, slot.slot, signedReceipt(toSign, signature));
}

/** Bundles of the slot that are still stored; `undefined` when there are too many rows to look at. */
async function countLeft({ reaper }: DestroyDeps, slot: RingSlot): Promise<number | undefined> {
  const shards = Array.from({ length: SHARDS }, (_, shard) => countLeftIn(reaper, shard, slot));
  const counts = await Promise.all(shards);
  return counts.reduce((sum, count) => (sum === undefined || count === undefined ? undefined : sum + count), 0);
}

async function countLeftIn(
  reaper: Pick<BundleReaper, 'due'>,
  shard: number,
  slot: RingSlot,
): Promise<number | undefined> {
  let lookedAt = 0;
  let left = 0;
  for await (const page of reaper.due(shard, latestExpiryS(slot))) {
    lookedAt += page.length;
    if (lookedAt > MOST_LOOKED_AT) return undefined;
    left += page.filter(
      (due) =>
        due.kind === 'bundle' && isSameHolder(keyHolder(due.app, due.pool), slot.holder) && due.slot === slot.slot,
    ).length;
  }
  return left;
}
