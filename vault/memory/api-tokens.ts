// API tokens in memory, for tests and the testing kit.

import { tokenIdOf } from '../domain/api-token.ts';
import { dayOf } from '../domain/instant.ts';
import type { ApiTokenGrant, ApiTokens, TokenRegister, TokenUses, TokenUseTrail } from '../ports/api-tokens.ts';

/** A grant, and when the register issued it, in seconds since 1970. */
export interface MemoryToken extends ApiTokenGrant {
  readonly createdAtS?: number;
}

/** An {@link ApiTokens} over a map from SHA-256 in hex to grant. The map may change at any time. */
export function memoryApiTokens(tokens: ReadonlyMap<string, MemoryToken>): ApiTokens {
  return {
    async find(hash) {
      const token = tokens.get(hash);
      if (token === undefined) return undefined;
      const { app, integration, generation, expiresAtS } = token;
      return { app, integration, generation, expiresAtS };
    },
  };
}

/** A {@link TokenRegister} that changes such a map. */
export function memoryTokenRegister(tokens: Map<string, MemoryToken>): TokenRegister {
  return {
    async issue(hash, { app, integration, generation, expiresAtS }, createdAtS) {
      tokens.set(hash, { app, integration, generation, expiresAtS, createdAtS });
    },
    async list(app) {
      return [...tokens]
        .filter(([, token]) => token.app === app)
        .map(([hash, { createdAtS, ...grant }]) => ({ ...grant, createdAtS, id: tokenIdOf(hash) }))
        .sort((one, other) => (one.createdAtS ?? 0) - (other.createdAtS ?? 0));
    },
    async revoke(app, id) {
      const revoked = [...tokens].filter(([hash, token]) => token.app === app && hash.startsWith(id));
      for (const [hash] of revoked) tokens.delete(hash);
      return revoked.length;
    },
  };
}

/** Days of use of one process. */
export function memoryTokenUses(): TokenUses & TokenUseTrail {
  const lastDays = new Map<string, string>();
  return {
    async note(id, atMs) {
      const day = dayOf(new Date(atMs).toISOString());
      if (day > (lastDays.get(id) ?? '')) lastDays.set(id, day);
    },
    lastDay: async (id) => lastDays.get(id),
  };
}
