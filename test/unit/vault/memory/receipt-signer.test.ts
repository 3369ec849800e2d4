// The signer of receipts in memory keeps the contract.

import { memoryReceiptSigner } from '../../../../vault/memory/receipt-signer.ts';
import { receiptSignerContract } from '../../../support/contracts/receipt-signer-contract.ts';

receiptSignerContract('memory', async () => {
  const signer = memoryReceiptSigner();
  return { signer, publicKey: signer.publicKey };
});
