// Acting as a role of the deployed stack: what its function could do if someone took it over.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import { awsIdentity, type RoleCredentials } from '../../client/sdk/aws-identity.ts';
import { clientFor } from '../../local/emulator-client.ts';
import { present } from './envelope.ts';

/** What a role has to try its rights with. */
export interface Actor {
  readonly kms: KMSClient;
  readonly documents: DynamoDBDocumentClient;
  readonly lambda: LambdaClient;
}

/**
 * The clients of a role, by the name of its function. The role trusts only Lambda, so root opens its trust for the
 * one call that it takes and closes it again; its rights stay as they were deployed.
 */
export async function actingAs(entry: string, stack = 'Daykey'): Promise<Actor> {
  const root = clientFor(inject('endpoint'));
  const iam = new IAMClient(root);
  const RoleName = `${stack}-${inject('vault').region}-${entry}`;
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  const deployed = decodeURIComponent(present(Role?.AssumeRolePolicyDocument));
  const opened = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
  });
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: opened }));
  try {
    const assume = new AssumeRoleCommand({ RoleArn: present(Role?.Arn), RoleSessionName: 'taken-over' });
    const { Credentials } = await new STSClient(root).send(assume);
    const own = {
      ...root,
      credentials: {
        accessKeyId: present(Credentials?.AccessKeyId),
        secretAccessKey: present(Credentials?.SecretAccessKey),
        sessionToken: present(Credentials?.SessionToken),
      },
    };
    return {
      kms: new KMSClient(own),
      documents: DynamoDBDocumentClient.from(new DynamoDBClient(own)),
      lambda: new LambdaClient(own),
    };
  } finally {
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: deployed }));
  }
}

/** What became of a call: `done`, `denied` for want of rights, or the name of another error. */
export async function outcomeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
    return 'done';
  } catch (error) {
    const name = error instanceof Error ? error.name : String(error);
    return /^AccessDenied/.test(name) ? 'denied' : name;
  }
}

/** Credentials of a role that root may assume. */
export async function assumed(RoleArn: string): Promise<RoleCredentials> {
  const assume = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'a-session' });
  const { Credentials } = await new STSClient(clientFor(inject('endpoint'))).send(assume);
  return {
    accessKeyId: present(Credentials?.AccessKeyId),
    secretAccessKey: present(Credentials?.SecretAccessKey),
    sessionToken: present(Credentials?.SessionToken),
  };
}

/** What a role signs, where it is not for this vault and now. */
export interface Signing {
  readonly audience?: string;
  readonly region?: string;
  readonly agoS?: number;
}

/** The `Authorization` header of these credentials, by default for this vault and now. */
export function headerOf(credentials: RoleCredentials, signing: Signing = {}): Promise<string> {
  const { audience = inject('vault').audience, region = inject('vault').region, agoS = 0 } = signing;
  return awsIdentity({ audience, region, credentials, clock: () => Date.now() - agoS * 1000 })();
}
