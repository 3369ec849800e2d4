// The register of apps in memory keeps the contract.

import type { AppRecord } from '../../../../vault/domain/app-record.ts';
import { memoryAppRegister } from '../../../../vault/memory/app-register.ts';
import { memoryKeyRing } from '../../../../vault/memory/key-ring.ts';
import { appRegisterContract } from '../../../support/contracts/app-register-contract.ts';

appRegisterContract('memory', async () => {
  const records = new Map<string, AppRecord>();
  return { ring: memoryKeyRing(records), register: memoryAppRegister(records) };
});
