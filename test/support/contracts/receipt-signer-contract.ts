// What every signer of receipts does, whatever is behind it.

import { type KeyObject, randomBytes, verify } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ReceiptSigner } from '../../../vault/ports/ledger.ts';

/** What is tested, and the key that checks its signatures. */
export interface CheckedSigner {
  readonly signer: ReceiptSigner;
  readonly publicKey: KeyObject;
}

/** Registers the contract's tests. `make` is called once. */
export function receiptSignerContract(name: string, make: () => Promise<CheckedSigner>): void {
  describe(`${name} as a signer of receipts`, () => {
    let checked: CheckedSigner;
    beforeAll(async () => {
      checked = await make();
    });
    const isSound = (message: Buffer, signature: Buffer) =>
      verify('sha256', message, { key: checked.publicKey, dsaEncoding: 'ieee-p1363' }, signature);

    test('signs so that the public key is enough to check it, in 64 bytes', async () => {
      // Often enough to meet integers of r and s that DER writes shorter or longer.
      for (let round = 0; round < 20; round += 1) {
        const message = randomBytes(100);
        const signature = await checked.signer.sign(message);
        expect(signature).toHaveLength(64);
        expect(isSound(message, signature)).toBe(true);
      }
    });

    test('signs this message and no other', async () => {
      const signature = await checked.signer.sign(Buffer.from('one'));
      expect(isSound(Buffer.from('other'), signature)).toBe(false);
    });

    test('names its key by an ARN', () => {
      expect(checked.signer.keyArn).toMatch(/^arn:aws:kms:[^:]+:\d{12}:key\/.+$/);
    });
  });
}
