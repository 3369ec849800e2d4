// Notes which API tokens are in use: one write for each token, day and function instance, and no caller waits for it.

import { LRUCache } from 'lru-cache';
import { bearerToken, hashApiToken, tokenIdOf } from '../../domain/api-token.ts';
import { DAY_MS } from '../../domain/instant.ts';
import type { TokenUses } from '../../ports/api-tokens.ts';
import type { CallerIdentity } from '../../ports/caller-identity.ts';
import type { Clock } from '../../ports/clock.ts';

/** How many tokens one function instance remembers. One that it forgets is noted again. */
export const MAX_TOKENS = 10_000;

/**
 * The same identity, which also notes every valid API token it sees. A note is a hint: no request waits for it or fails
 * with it. A note that failed is not tried again that day, or a broken table would get one write for each request.
 */
export function notingTokenUse(identity: CallerIdentity, uses: TokenUses, clock: Clock): CallerIdentity {
  /** The last day on which each token was noted, by its ID. Only valid tokens get in here. */
  const dayNoted = new LRUCache<string, number>({ max: MAX_TOKENS });
  return {
    async verify(authorization) {
      const grants = await identity.verify(authorization);
      const token = grants && bearerToken(authorization);
      if (token) {
        const nowMs = clock();
        const day = Math.floor(nowMs / DAY_MS);
        const id = tokenIdOf(hashApiToken(token));
        if (dayNoted.get(id) !== day) {
          dayNoted.set(id, day);
          uses.note(id, nowMs).catch(() => undefined);
        }
      }
      return grants;
    },
  };
}
