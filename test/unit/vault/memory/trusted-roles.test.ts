// The index of trusted roles in memory keeps the contract, on the settings of the ring in memory.

import type { AppSettings } from '../../../../vault/domain/settings.ts';
import { memoryKeyRing } from '../../../../vault/memory/key-ring.ts';
import { memoryTrustedRoles } from '../../../../vault/memory/trusted-roles.ts';
import { trustedRolesContract } from '../../../support/contracts/trusted-roles-contract.ts';

trustedRolesContract('memory', async () => {
  const settings = new Map<string, AppSettings>();
  return { ring: memoryKeyRing(settings), roles: memoryTrustedRoles(settings) };
});
