// Deleting expired bundles in DynamoDB keeps the contract.

import { bundleReaperContract } from '../../../support/contracts/bundle-reaper-contract.ts';
import { bundleStoreOn, fakeTables } from '../../../support/contracts/on-dynamo.ts';

bundleReaperContract('DynamoDB', () => bundleStoreOn(fakeTables()));
