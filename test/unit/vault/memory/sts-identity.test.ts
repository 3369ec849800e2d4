// The STS in memory keeps the contract, as far as it can without checking signatures.

import { memoryStsIdentity } from '../../../../vault/memory/sts-identity.ts';
import { formatAwsIdentity } from '../../../../wire/aws-identity.ts';
import { aSignedIdentity, sessionOf } from '../../../support/aws-callers.ts';
import { stsIdentityContract } from '../../../support/contracts/sts-identity-contract.ts';

stsIdentityContract('memory', { verifies: false }, async () => {
  const arn = sessionOf('111122223333/desk');
  return {
    sts: memoryStsIdentity(new Map([[aSignedIdentity().accessKeyId, arn]])),
    arn,
    async sign(atMs) {
      const date = new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, '');
      return formatAwsIdentity(aSignedIdentity({ date }));
    },
  };
});
