// The two receipts of a destroyed key: compact JWS (RFC 7515, ES256) that the public key is enough to check, offline.

import { createHash } from 'node:crypto';
import { rfc3339 } from './instant.ts';
import type { KeyHolder } from './kek-life/holder.ts';
import type { SlotDates } from './kek-life/slot.ts';

/** The claims of the first receipt, filed when the deletion of a key is scheduled. Instants are RFC 3339 in UTC. */
export interface Receipt {
  /** Tells a receipt apart from any other signed text. */
  readonly type: typeof RECEIPT_TYPE;
  readonly version: 1;
  readonly stack: string;
  /** Whose key it was: `app` for an app's own, `pool` for one that several apps shared. */
  readonly app?: string;
  readonly pool?: number;
  /** Slot ID, in seconds since 1970. */
  readonly slot: number;
  /** The app KEK that is being destroyed. */
  readonly keyArn: string;
  readonly keyCreatedAt: string;
  /** From this instant on the key's policy refused Encrypt. */
  readonly encryptRefusedFrom: string;
  /** From this instant on the key's policy refused Decrypt. */
  readonly decryptRefusedFrom: string;
  /** When the receipt was written. The key is pending deletion, so KMS refuses every use of it. */
  readonly pendingDeletionAt: string;
  /** KMS deletes the key material at this instant or up to a day later. Then nothing can be decrypted any more. */
  readonly materialGoneNotBefore: string;
  /**
   * Bundles sealed under the key that were deleted, and bundles that were still stored. `left` is absent when
   * there were too many to count.
   */
  readonly bundles: { readonly swept: number; readonly erased: number; readonly left?: number };
}

/** The claims of the second receipt, filed when KMS says that the key does not exist. Instants are RFC 3339 in UTC. */
export interface KeyGoneReceipt {
  readonly type: typeof KEY_GONE_TYPE;
  readonly version: 1;
  readonly stack: string;
  /** Whose key it was: `app` for an app's own, `pool` for one that several apps shared. */
  readonly app?: string;
  readonly pool?: number;
  /** Slot ID, in seconds since 1970. */
  readonly slot: number;
  readonly keyArn: string;
  /** KMS answered at this instant that the key does not exist: nothing that it sealed can be decrypted any more. */
  readonly keyNotFoundAt: string;
  /** SHA-256, in hex, of the first receipt; absent when there is none, because the key was deleted by someone else. */
  readonly destructionReceiptSha256?: string;
}

export const RECEIPT_TYPE = 'daykey-destruction-receipt';
export const KEY_GONE_TYPE = 'daykey-key-gone-receipt';

/** The facts that a receipt states. */
export interface Destruction {
  readonly stack: string;
  readonly holder: KeyHolder;
  readonly dates: SlotDates;
  readonly keyArn: string;
  readonly keyCreatedAtS: number;
  readonly pendingDeletionAtS: number;
  readonly materialGoneAtS: number;
  readonly bundles: Receipt['bundles'];
}

/** The facts that a second receipt states. */
export interface KeyGone {
  readonly stack: string;
  readonly holder: KeyHolder;
  readonly slot: number;
  readonly keyArn: string;
  readonly notFoundAtS: number;
  /** The first receipt, as it was filed. */
  readonly destructionReceipt: string | undefined;
}

/** The text of a first receipt to sign: header and claims, base64url each (RFC 7515, 5.1). */
export function receiptToSign(destruction: Destruction, signingKeyArn: string): string {
  const { stack, holder, dates, keyArn, bundles } = destruction;
  const receipt: Receipt = {
    type: RECEIPT_TYPE,
    version: 1,
    stack,
    ...holder,
    slot: dates.slot,
    keyArn,
    keyCreatedAt: rfc3339(destruction.keyCreatedAtS),
    encryptRefusedFrom: rfc3339(dates.encryptUntilS),
    decryptRefusedFrom: rfc3339(dates.decryptUntilS),
    pendingDeletionAt: rfc3339(destruction.pendingDeletionAtS),
    materialGoneNotBefore: rfc3339(destruction.materialGoneAtS),
    bundles,
  };
  return textToSign(receipt, signingKeyArn);
}

/** The text of a second receipt to sign. */
export function keyGoneToSign(gone: KeyGone, signingKeyArn: string): string {
  const { stack, holder, slot, keyArn, notFoundAtS, destructionReceipt } = gone;
  const receipt: KeyGoneReceipt = {
    type: KEY_GONE_TYPE,
    version: 1,
    stack,
    ...holder,
    slot,
    keyArn,
    keyNotFoundAt: rfc3339(notFoundAtS),
    ...(destructionReceipt !== undefined && {
      destructionReceiptSha256: createHash('sha256').update(destructionReceipt).digest('hex'),
    }),
  };
  return textToSign(receipt, signingKeyArn);
}

/** The signed receipt: the text and its signature of 64 bytes. */
export function signedReceipt(toSign: string, signature: Buffer): string {
  return `${toSign}.${signature.toString('base64url')}`;
}

/** The claims of a receipt, for display: nothing here checks its signature. */
export function unverifiedClaims(receipt: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString('utf8'));
}

function textToSign(receipt: Receipt | KeyGoneReceipt, signingKeyArn: string): string {
  return `${encoded({ alg: 'ES256', typ: receipt.type, kid: signingKeyArn })}.${encoded(receipt)}`;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
