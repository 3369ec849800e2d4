// Several kinds of identity behind one header: its scheme says which.

import type { CallerIdentity } from '../../ports/caller-identity.ts';

/** The identity of the first that knows the header. Each sees by the scheme, and asks nobody, when it is not its own. */
export function eitherIdentity(...identities: readonly CallerIdentity[]): CallerIdentity {
  return {
    async verify(authorization) {
      for (const identity of identities) {
        const grants = await identity.verify(authorization);
        if (grants) return grants;
      }
      return undefined;
    },
  };
}
