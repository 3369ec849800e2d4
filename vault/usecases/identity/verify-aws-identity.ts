// `Authorization: Daykey-Aws …`: an AWS role, which STS verifies.

import { assumedRoleOf, hashOfHeader, isFresh, roleKeyOf } from '../../domain/aws-identity.ts';
import type { CallerIdentity } from '../../ports/caller-identity.ts';
import type { Clock } from '../../ports/clock.ts';
import type { StsIdentity } from '../../ports/sts-identity.ts';
import type { TrustedRoles } from '../../ports/trusted-roles.ts';
import { cached } from '../cache.ts';

/** Verifies signed identities. A stale one causes no call; any other causes one call of STS in 60 seconds. */
export function awsIdentity(deps: { sts: StsIdentity; trustedRoles: TrustedRoles; clock: Clock }): CallerIdentity {
  const grants = cached(
    deps.clock,
    async (authorization) => {
      const arn = await deps.sts.callerArn(authorization);
      const role = arn === undefined ? undefined : assumedRoleOf(arn);
      return role && (await deps.trustedRoles.find(roleKeyOf(role)));
    },
    hashOfHeader,
  );
  return {
    async verify(authorization) {
      const signedAtMs = deps.sts.signedAtMs(authorization);
      // Checked for each call: a cached grant must not outlive the signature.
      if (signedAtMs === undefined || !isFresh(signedAtMs, deps.clock())) return undefined;
      return grants.get(authorization);
    },
  };
}
