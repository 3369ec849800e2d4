// The ledger in DynamoDB keeps the contract; what KMS signs is checked offline.

import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { CreateKeyCommand, GetPublicKeyCommand } from '@aws-sdk/client-kms';
import { expect, test } from 'vitest';
import { dynamoReceiptLedger, dynamoTallyLedger } from '../../../../lambda/dynamo/ledger.ts';
import { joseSignature, kmsReceiptSigner } from '../../../../lambda/kms/receipt-signer.ts';
import { ledgerContract } from '../../../support/contracts/ledger-contract.ts';
import { kmsAs, ringTable } from '../emulated.ts';

ledgerContract('DynamoDB', async () => {
  const { documents, table } = await ringTable();
  return { ...dynamoTallyLedger(documents, table), ...dynamoReceiptLedger(documents, table) };
});

test('what KMS signs holds under the public key alone', async () => {
  const kms = kmsAs();
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }));
  const signer = kmsReceiptSigner(kms, KeyMetadata?.Arn ?? '');
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: signer.keyArn }));
  const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
  // Often enough to meet short and padded integers in the DER.
  for (let round = 0; round < 20; round += 1) {
    const message = randomBytes(100);
    const signature = await signer.sign(message);
    expect(signature).toHaveLength(64);
    expect(verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
  }
});

test('a short or padded integer in DER becomes 32 bytes', () => {
  const der = Buffer.from([0x30, 0x08, 0x02, 0x02, 0x00, 0xff, 0x02, 0x02, 0x01, 0x02]);
  expect(joseSignature(der).toString('hex')).toBe(`${'00'.repeat(31)}ff${'00'.repeat(30)}0102`);
});
