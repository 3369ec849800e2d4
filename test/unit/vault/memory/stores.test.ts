// The stores in memory keep the contracts of their ports.

import type { AppSettings } from '../../../../vault/domain/settings.ts';
import { memoryApiTokens } from '../../../../vault/memory/api-tokens.ts';
import { memoryAuditLog } from '../../../../vault/memory/audit-log.ts';
import { memoryBundleStore } from '../../../../vault/memory/bundle-store.ts';
import { memoryKeyRing } from '../../../../vault/memory/key-ring.ts';
import { memoryLedger } from '../../../../vault/memory/ledger.ts';
import { memoryTrustedRoles } from '../../../../vault/memory/trusted-roles.ts';
import type { ApiTokenGrant } from '../../../../vault/ports/api-tokens.ts';
import { apiTokensContract } from '../../../support/contracts/api-tokens-contract.ts';
import { auditLogContract } from '../../../support/contracts/audit-log-contract.ts';
import { bundleStoreContract } from '../../../support/contracts/bundle-store-contract.ts';
import { keyRingContract } from '../../../support/contracts/key-ring-contract.ts';
import { ledgerContract } from '../../../support/contracts/ledger-contract.ts';
import { trustedRolesContract } from '../../../support/contracts/trusted-roles-contract.ts';

bundleStoreContract('memory', async () => memoryBundleStore());

keyRingContract('memory', async () => memoryKeyRing());

trustedRolesContract('memory', async () => {
  const settings = new Map<string, AppSettings>();
  return { ring: memoryKeyRing(settings), roles: memoryTrustedRoles(settings) };
});

apiTokensContract('memory', async () => {
  const grants = new Map<string, ApiTokenGrant>();
  return {
    tokens: memoryApiTokens(grants),
    issue: async (hash, grant) => void grants.set(hash, grant),
    revoke: async (hash) => void grants.delete(hash),
  };
});

ledgerContract('memory', async () => memoryLedger());

auditLogContract('memory', async () => memoryAuditLog());
