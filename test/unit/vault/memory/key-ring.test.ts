// The key ring in memory keeps the contract.

import { memoryKeyRing } from '../../../../vault/memory/key-ring.ts';
import { keyRingContract } from '../../../support/contracts/key-ring-contract.ts';

keyRingContract('memory', async () => memoryKeyRing());
