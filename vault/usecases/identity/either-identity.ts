// Several kinds of identity behind one header, chosen by its scheme.

import type { CallerIdentity } from '../../ports/caller-identity.ts';

/** The grants of the first kind that accepts the header. A kind refuses another scheme without any look-up. */
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
