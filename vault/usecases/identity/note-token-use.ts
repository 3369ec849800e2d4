// Notes which API tokens are in use: one write for each token, day and function instance, and never in anybody's way.

import { bearerToken, hashApiToken, tokenIdOf } from '../../domain/api-token.ts';
import type { TokenUses } from '../../ports/api-tokens.ts';
import type { CallerIdentity } from '../../ports/caller-identity.ts';
import type { Clock } from '../../ports/clock.ts';

const DAY_MS = 24 * 3600 * 1000;

/**
 * The same identity, which also notes every valid API token it sees. Nobody waits for the note and nothing fails with
 * it: what it says is a hint. A note that failed is not tried again that day, or a broken table would get one a request.
 */
export function notingTokenUse(identity: CallerIdentity, uses: TokenUses, clock: Clock): CallerIdentity {
  // Valid tokens alone get in here, so it grows no larger than what was issued.
  const noted = new Map<string, number>();
  return {
    async verify(authorization) {
      const grants = await identity.verify(authorization);
      const token = grants && bearerToken(authorization);
      if (token) {
        const nowMs = clock();
        const day = Math.floor(nowMs / DAY_MS);
        const id = tokenIdOf(hashApiToken(token));
        if (noted.get(id) !== day) {
          noted.set(id, day);
          uses.note(id, nowMs).catch(() => undefined);
        }
      }
      return grants;
    },
  };
}
