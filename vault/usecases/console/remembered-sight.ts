// The Console asks the vault for each person and app at most once a minute whether the one sees the other.

import { createHash } from 'node:crypto';
import type { Sight } from '../../domain/console/viewers.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RevealingVault } from '../../ports/revealing-vault.ts';
import { cached, MAX_CACHE_AGE_MS } from '../cache.ts';
import { RECHECK_MS } from '../rings.ts';

/** How long a yes is used, in milliseconds. The settings behind it may be so much older that it is a minute in all. */
const MAX_SIGHT_AGE_MS = MAX_CACHE_AGE_MS - RECHECK_MS;

/**
 * The vault, with a memory of who sees what: a viewer who is removed, or an app that ends, is out of sight within a minute. A
 * person without any value of the claim sees nothing, and costs no invocation.
 */
export function withRememberedSight<Vault extends Pick<RevealingVault, 'sees' | 'appsOf'>>(
  clock: Clock,
  vault: Vault,
): Vault {
  const answers = cached(
    clock,
    async (asked) => ((await vault.sees(JSON.parse(asked) as Sight)) ? true : undefined),
    (asked) => createHash('sha256').update(asked).digest('base64url'),
  );
  return {
    ...vault,
    sees: async ({ app, values }) =>
      values.length > 0 && (await answers.get(JSON.stringify({ app, values }), MAX_SIGHT_AGE_MS)) === true,
    appsOf: async (values, beginning) =>
      values.length > 0 ? await vault.appsOf(values, beginning) : { apps: [], hasMore: false },
  };
}
