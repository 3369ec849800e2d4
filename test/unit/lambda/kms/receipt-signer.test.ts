// The signer of receipts in KMS keeps the contract.

import { KMSClient } from '@aws-sdk/client-kms';
import { expect, test } from 'vitest';
import { joseSignature, kmsReceiptSigner } from '../../../../lambda/kms/receipt-signer.ts';
import { exception } from '../../../support/aws/answer.ts';
import { fakeAws } from '../../../support/aws/fake-aws.ts';
import { receiptSignerOn } from '../../../support/contracts/on-kms.ts';
import { receiptSignerContract } from '../../../support/contracts/receipt-signer-contract.ts';

receiptSignerContract('KMS', () => receiptSignerOn(new KMSClient(fakeAws().clients)));

test.each([
  ['short', '3008 0202 00ff 0202 0102', `${'00'.repeat(31)}ff${'00'.repeat(30)}0102`],
  ['padded', `3046 0221 00${'ff'.repeat(32)} 0221 00${'80'.repeat(32)}`, 'ff'.repeat(32) + '80'.repeat(32)],
  ['plain', `3044 0220 ${'7f'.repeat(32)} 0220 ${'01'.repeat(32)}`, '7f'.repeat(32) + '01'.repeat(32)],
])('a %s integer in DER becomes 32 bytes', (_, der, jose) => {
  expect(joseSignature(Buffer.from(der.replaceAll(' ', ''), 'hex')).toString('hex')).toBe(jose);
});

test('a throttled KMS is `unavailable`', async () => {
  const aws = fakeAws();
  aws.fault('KMS.Sign', () => exception('ThrottlingException'));
  const signer = kmsReceiptSigner(new KMSClient(aws.clients), 'arn:one');
  await expect(signer.sign(Buffer.from('a receipt'))).rejects.toMatchObject({ code: 'unavailable' });
});
