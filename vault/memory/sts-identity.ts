// An STS in memory that accepts every signature of the callers it knows, for tests and the testing kit.

import { parseAwsIdentity, signedAtMs } from '../../wire/aws-identity.ts';
import type { StsIdentity } from '../ports/sts-identity.ts';

/** An {@link StsIdentity} over a map from access key ID to ARN. The map may change at any time. */
export function memoryStsIdentity(callers: ReadonlyMap<string, string>): StsIdentity {
  return {
    signedAtMs,
    callerArn: async (authorization) => callers.get(parseAwsIdentity(authorization)?.accessKeyId ?? ''),
  };
}
