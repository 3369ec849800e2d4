// `Authorization: Bearer dkt_…`: an API token, looked up by its hash.

import { bearerToken, hashApiToken, tokenCredential } from '../../domain/api-token.ts';
import type { ApiTokens } from '../../ports/api-tokens.ts';
import type { CallerIdentity } from '../../ports/caller-identity.ts';
import { type Clock, secondsOf } from '../../ports/clock.ts';
import { cached } from '../cache.ts';

/**
 * Verifies API tokens. A revoked one is refused within 60 seconds, an expired one at once; an unknown one causes one read in
 * 5 seconds.
 */
export function apiTokenIdentity(tokens: ApiTokens, clock: Clock): CallerIdentity {
  const grants = cached(clock, (hash) => tokens.find(hash));
  return {
    async verify(authorization) {
      const token = bearerToken(authorization);
      if (token === undefined) return undefined;
      const hash = hashApiToken(token);
      const grant = await grants.get(hash);
      if (!grant || secondsOf(clock()) >= grant.expiresAtS) return undefined;
      const { app, integration, generation } = grant;
      return [{ app, integration, generation, credential: tokenCredential(hash) }];
    },
  };
}
