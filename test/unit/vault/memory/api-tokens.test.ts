// API tokens, their register and their uses in memory keep the contracts.

import {
  type MemoryToken,
  memoryApiTokens,
  memoryTokenRegister,
  memoryTokenUses,
} from '../../../../vault/memory/api-tokens.ts';
import { apiTokensContract } from '../../../support/contracts/api-tokens-contract.ts';
import { tokenRegisterContract } from '../../../support/contracts/token-register-contract.ts';
import { tokenUsesContract } from '../../../support/contracts/token-uses-contract.ts';

apiTokensContract('memory', async () => {
  const tokens = new Map<string, MemoryToken>();
  return {
    tokens: memoryApiTokens(tokens),
    issue: async (hash, grant) => void tokens.set(hash, grant),
    revoke: async (hash) => void tokens.delete(hash),
  };
});

tokenRegisterContract('memory', async () => {
  const tokens = new Map<string, MemoryToken>();
  return { register: memoryTokenRegister(tokens), tokens: memoryApiTokens(tokens) };
});

tokenUsesContract('memory', async () => memoryTokenUses());
