// `Authorization: Daykey-Aws …`: an AWS role, which STS verifies.

import { assumedRoleOf, hashOfHeader, isFresh, roleCredential, roleKeyOf } from '../../domain/aws-identity.ts';
import type { CallerIdentity } from '../../ports/caller-identity.ts';
import type { Clock } from '../../ports/clock.ts';
import type { StsIdentity } from '../../ports/sts-identity.ts';
import type { TrustedRoles } from '../../ports/trusted-roles.ts';
import { cached } from '../cache.ts';

/**
 * Verifies signed identities. A stale one causes no call. Any other causes one call of STS in 60 seconds, or in 5 when STS
 * refuses it, and its role one read.
 */
export function awsIdentity(deps: { sts: StsIdentity; trustedRoles: TrustedRoles; clock: Clock }): CallerIdentity {
  const callers = cached(
    deps.clock,
    async (authorization) => {
      const arn = await deps.sts.callerArn(authorization);
      return arn === undefined ? undefined : assumedRoleOf(arn);
    },
    hashOfHeader,
  );
  // A role that no app trusts counts as absent, so that trust in it begins sooner.
  const grants = cached(deps.clock, async (role) => {
    const found = await deps.trustedRoles.find(role);
    return found.length > 0 ? found : undefined;
  });
  return {
    async verify(authorization) {
      const signedAtMs = deps.sts.signedAtMs(authorization);
      // Checked for each call: a cached identity must not outlive the signature.
      if (signedAtMs === undefined || !isFresh(signedAtMs, deps.clock())) return undefined;
      const caller = await callers.get(authorization);
      if (caller === undefined) return undefined;
      const role = roleKeyOf(caller);
      const credential = roleCredential(caller);
      const found = (await grants.get(role)) ?? [];
      return found.map(({ app, integration, generation }) => ({ app, integration, generation, role, credential }));
    },
  };
}
