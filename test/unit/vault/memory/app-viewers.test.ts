// The index of viewers in memory keeps the contract, on the records of the ring in memory.

import type { AppRecord } from '../../../../vault/domain/app-record.ts';
import { memoryAppViewers } from '../../../../vault/memory/app-viewers.ts';
import { memoryKeyRing } from '../../../../vault/memory/key-ring.ts';
import { appViewersContract } from '../../../support/contracts/app-viewers-contract.ts';

appViewersContract('memory', async () => {
  const records = new Map<string, AppRecord>();
  return { ring: memoryKeyRing(records), viewers: memoryAppViewers(records) };
});
