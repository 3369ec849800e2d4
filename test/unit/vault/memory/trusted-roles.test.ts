// The index of trusted roles in memory keeps the contract, on the records of the ring in memory.

import type { AppRecord } from '../../../../vault/domain/app-record.ts';
import { memoryKeyRing } from '../../../../vault/memory/key-ring.ts';
import { memoryTrustedRoles } from '../../../../vault/memory/trusted-roles.ts';
import { trustedRolesContract } from '../../../support/contracts/trusted-roles-contract.ts';

trustedRolesContract('memory', async () => {
  const records = new Map<string, AppRecord>();
  return { ring: memoryKeyRing(records), roles: memoryTrustedRoles(records) };
});
