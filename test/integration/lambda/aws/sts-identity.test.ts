// The STS adapter keeps its contract on an emulator that other people wrote, with a role that was really assumed.

import { randomUUID } from 'node:crypto';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { inject } from 'vitest';
import { awsIdentity } from '../../../../client/sdk/aws-identity.ts';
import { stsIdentity } from '../../../../lambda/aws/sts-identity.ts';
import { stsIdentityContract } from '../../../support/contracts/sts-identity-contract.ts';
import { ACCOUNT_ID, iamAs, stsAs } from '../emulated.ts';

const PLACE = { region: 'us-east-1', dnsSuffix: 'amazonaws.com', audience: `daykey:${ACCOUNT_ID}:us-east-1:Vault` };

stsIdentityContract('STS', { verifies: true }, async () => {
  const RoleName = `contract-${randomUUID()}`;
  const trust = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  await iamAs().send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const RoleArn = `arn:aws:iam::${ACCOUNT_ID}:role/${RoleName}`;
  const assume = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'a-session' });
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = (await stsAs().send(assume)).Credentials ?? {};
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  return {
    sts: stsIdentity({ ...PLACE, endpoint: inject('endpoint') }),
    arn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${RoleName}/a-session`,
    sign: (atMs) => awsIdentity({ ...PLACE, credentials, clock: () => atMs })(),
  };
});
