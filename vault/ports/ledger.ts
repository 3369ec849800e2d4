// The ledger: how many bundles of each slot are gone, and the signed receipts of destroyed keys. Holds no secrets; kept long.

import type { KeyHolder } from '../domain/kek-life/holder.ts';

/** How many bundles of a slot left the vault, by how they left. */
export interface Tally {
  /** Deleted by the sweeper after their expiry. */
  readonly swept: number;
  /** Erased before it. */
  readonly erased: number;
}

/** Counting what leaves. @throws DaykeyError `unavailable`. */
export interface TallyLedger {
  /** Adds once. What gets no answer is not added again, so a tally may be too low and is never too high. */
  add(holder: KeyHolder, slot: number, counts: Partial<Tally>): Promise<void>;
}

/** Filing receipts. @throws DaykeyError `unavailable`. */
export interface ReceiptLedger {
  /** The tally of a slot; zeros when nothing was counted. */
  tally(holder: KeyHolder, slot: number): Promise<Tally>;
  /** Files the first receipt of a slot, unless it has one already. */
  file(holder: KeyHolder, slot: number, receipt: string): Promise<void>;
  /** The first receipt of a slot. */
  receipt(holder: KeyHolder, slot: number): Promise<string | undefined>;
  /** Files the second receipt of a slot, unless it has one already. */
  fileKeyGone(holder: KeyHolder, slot: number, receipt: string): Promise<void>;
  /** The receipts of a holder's keys, oldest slot first, and of each slot the first one first. */
  receipts(holder: KeyHolder): Promise<string[]>;
}

/** What a ledger says of a slot whose key was destroyed. Receipts are compact JWS. */
export interface SlotReceipts extends Tally {
  /** Seconds since 1970. */
  readonly slot: number;
  readonly receipt: string;
  readonly keyGoneReceipt?: string | undefined;
}

/** Reading receipts, for the Console. @throws DaykeyError `unavailable`. */
export interface ReceiptTrail {
  /** The newest slots that have a receipt, newest first, of at most `limit` slots. */
  recentReceipts(holder: KeyHolder, limit: number): Promise<SlotReceipts[]>;
}

/** Signs receipts with a key of the stack that cannot be exported. @throws DaykeyError `unavailable`. */
export interface ReceiptSigner {
  /** ARN of the signing key; the receipt names it. */
  readonly keyArn: string;
  /** ECDSA P-256 with SHA-256 over `message`: r and s, 64 bytes, as in JWS (RFC 7518, 3.4). */
  sign(message: Buffer): Promise<Buffer>;
}
