// Checks destruction receipts offline: a compact JWS (RFC 7515) with ES256 and nothing else, checked by jose.

import { createHash, type KeyObject } from 'node:crypto';
import { compactVerify } from 'jose';
import { KEY_GONE_TYPE, type KeyGoneReceipt, RECEIPT_TYPE, type Receipt } from '../../vault/domain/receipt.ts';

// One spelling for each receipt: base64url whose last character has no spare bits set, of a signature of 64 bytes.
const SHAPE = /^[\w-]+\.[\w-]+\.[\w-]{85}[AQgw]$/;

/** Either receipt of a destroyed key. */
export type AnyReceipt = Receipt | KeyGoneReceipt;

/** What a receipt says if its signature holds under this P-256 key, else `undefined`. Makes no request. */
export async function verifyReceipt(signed: string, publicKey: KeyObject): Promise<AnyReceipt | undefined> {
  if (!SHAPE.test(signed)) return undefined;
  try {
    const { payload, protectedHeader } = await compactVerify(signed, publicKey, { algorithms: ['ES256'] });
    const receipt: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
    return isReceipt(receipt) && protectedHeader.typ === receipt.type ? receipt : undefined;
  } catch {
    return undefined;
  }
}

/** SHA-256 of a public key in DER, in hex: what an auditor writes down once. */
export function keyFingerprint(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** The signing key signs nothing else of this type and version, so the other members need no check. */
function isReceipt(value: unknown): value is AnyReceipt {
  const { type, version } = Object(value) as Partial<Record<keyof Receipt, unknown>>;
  return (type === RECEIPT_TYPE || type === KEY_GONE_TYPE) && version === 1;
}
