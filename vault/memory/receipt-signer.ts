// Signs receipts with a P-256 key of this process, for tests and the testing kit.

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { ReceiptSigner } from '../ports/ledger.ts';

/** A signer, and the public key that checks its signatures. */
export function memoryReceiptSigner(): ReceiptSigner & { publicKey: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    publicKey,
    keyArn: 'arn:aws:kms:memory:000000000000:key/receipts',
    async sign(message) {
      return sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    },
  };
}
