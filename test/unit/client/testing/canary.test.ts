// The canary of a vault in memory keeps the contract.

import { memoryCanary } from '../../../../client/testing/canary.ts';
import { canaryContract, slotsToTry } from '../../../support/contracts/canary-contract.ts';

canaryContract('memory', async () => {
  const { deps, ...slots } = await slotsToTry();
  return { canary: memoryCanary(deps), ...slots };
});
