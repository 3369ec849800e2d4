// `Authorization: Daykey-Aws …`: an AWS role, which STS verifies.

import { assumedRoleOf, hashOfHeader, isFresh, roleCredential, roleKeyOf } from '../../domain/aws-identity.ts';
import type { CallerIdentity, Grant } from '../../ports/caller-identity.ts';
import type { Clock } from '../../ports/clock.ts';
import type { StsIdentity } from '../../ports/sts-identity.ts';
import type { TrustedRoles } from '../../ports/trusted-roles.ts';
import { cached } from '../cache.ts';

/** Verifies signed identities. A stale one causes no call; any other causes one call of STS in 60 seconds. */
export function awsIdentity(deps: { sts: StsIdentity; trustedRoles: TrustedRoles; clock: Clock }): CallerIdentity {
  async function grantsOf(authorization: string): Promise<Grant[] | undefined> {
    const arn = await deps.sts.callerArn(authorization);
    const assumed = arn === undefined ? undefined : assumedRoleOf(arn);
    if (assumed === undefined) return undefined;
    const role = roleKeyOf(assumed);
    const credential = roleCredential(assumed);
    return (await deps.trustedRoles.find(role)).map(({ app, integration }) => ({ app, integration, role, credential }));
  }

  const grants = cached(deps.clock, grantsOf, hashOfHeader);
  return {
    async verify(authorization) {
      const signedAtMs = deps.sts.signedAtMs(authorization);
      // Checked for each call: a cached grant must not outlive the signature.
      if (signedAtMs === undefined || !isFresh(signedAtMs, deps.clock())) return undefined;
      return grants.get(authorization);
    },
  };
}
