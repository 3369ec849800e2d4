// The ledger in memory keeps the contract.

import { memoryLedger } from '../../../../vault/memory/ledger.ts';
import { ledgerContract } from '../../../support/contracts/ledger-contract.ts';

ledgerContract('memory', async () => memoryLedger());
