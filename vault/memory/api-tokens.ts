// API tokens in memory, for tests and the testing kit.

import type { ApiTokenGrant, ApiTokens } from '../ports/api-tokens.ts';

/** An {@link ApiTokens} over a map from SHA-256 in hex to grant, which its owner may change at any time. */
export function memoryApiTokens(grants: ReadonlyMap<string, ApiTokenGrant>): ApiTokens {
  return { find: async (hash) => grants.get(hash) };
}
