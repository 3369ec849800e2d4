// The ledger in DynamoDB keeps the contract.

import { ledgerContract } from '../../../support/contracts/ledger-contract.ts';
import { fakeTables, ledgerOn } from '../../../support/contracts/on-dynamo.ts';

ledgerContract('DynamoDB', () => ledgerOn(fakeTables()));
