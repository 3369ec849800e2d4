// Signs receipts with a P-256 key of this process, for tests and the testing kit.

import { generateKeyPairSync, type KeyObject, type KeyPairKeyObjectResult, sign } from 'node:crypto';
import type { ReceiptSigner } from '../ports/ledger.ts';

/** A signer, and the public key that checks its signatures. */
export function memoryReceiptSigner(): ReceiptSigner & { publicKey: KeyObject } {
  // Made when they are first needed: most vaults of tests sign nothing.
  let made: KeyPairKeyObjectResult | undefined;
  const keys = () => (made ??= generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  return {
    get publicKey() {
      return keys().publicKey;
    },
    keyArn: 'arn:aws:kms:memory:000000000000:key/receipts',
    async sign(message) {
      return sign('sha256', message, { key: keys().privateKey, dsaEncoding: 'ieee-p1363' });
    },
  };
}
