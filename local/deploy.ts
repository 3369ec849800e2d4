// Deploys the real stack to an emulator with the real CDK, and gives every integration its token or role.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DescribeTimeToLiveCommand, DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { loadSettings } from '../client/cli/settings-file.ts';
import { dynamoTokenRegister } from '../client/cli/token-register.ts';
import { CONSOLE_PATH, emulatedApiUrl, TTL_ATTRIBUTE } from '../lambda/config.ts';
import { dynamoKeyRing } from '../lambda/dynamo/key-ring.ts';
import { hashApiToken, newApiToken } from '../vault/domain/api-token.ts';
import type { VaultProps } from '../vault/domain/settings/props.ts';
import { secondsOf } from '../vault/ports/clock.ts';
import { cdk } from './cdk.ts';
import { EMULATOR_CREDENTIALS } from './emulator.ts';
import { clientFor, type EmulatorClient } from './emulator-client.ts';
import { namedIntegrations } from './integrations.ts';
import type { LocalIntegration, LocalVault } from './local-vault.ts';
import { addPerson } from './people.ts';

export interface Deployment {
  readonly endpoint: string;
  /** Module whose default export is the vault's settings; a relative path is relative to the repository. */
  readonly settings: string;
  readonly stack?: string;
  /** Folder for the cloud assembly and the log of this deployment only. */
  readonly folder: string;
  /** Whether each integration gets its token or role. @default 'given' */
  readonly identities?: 'given' | 'none';
}

const ROOT = join(import.meta.dirname, '..');
const DEFAULT_STACK = 'Daykey';
const TOKEN_LIFE_S = 24 * 3600;
const TTL_TRIES = 30;

/** Synthesises the stack. Needs no emulator, so it can run while one starts. */
export async function synthesise({ endpoint, settings, stack, folder }: Deployment): Promise<void> {
  const context = [
    '--context',
    `settings=${settings}`,
    ...(stack === undefined ? [] : ['--context', `stack=${stack}`]),
  ];
  await cdk(folder, clientFor(endpoint), ['synth', '--quiet', ...context, '--output', join(folder, 'cdk.out')]);
}

/** Makes the bucket that the CDK publishes to. */
export async function bootstrap({ endpoint, folder }: Pick<Deployment, 'endpoint' | 'folder'>): Promise<void> {
  const client = clientFor(endpoint);
  // Outside the repository's root: beside cdk.json the CDK would synthesise the app here too.
  await cdk(folder, client, ['bootstrap', `aws://${await accountOf(client)}/${client.region}`], folder);
}

/** Deploys what {@link synthesise} made. @throws Error with the end of the CDK's log. */
export async function deploy({
  endpoint,
  settings,
  stack = DEFAULT_STACK,
  folder,
  identities = 'given',
}: Deployment): Promise<LocalVault> {
  const client = clientFor(endpoint);
  const outputsFile = join(folder, 'outputs.json');
  const cloudAssembly = join(folder, 'cdk.out');
  const options = ['--app', cloudAssembly, '--require-approval', 'never', '--outputs-file', outputsFile];
  await cdk(folder, client, ['deploy', stack, ...options]);
  const outputs = JSON.parse(readFileSync(outputsFile, 'utf8'))[stack] as Record<string, string>;
  const { props } = await loadSettings(resolve(ROOT, settings), { types: 'skip' });
  // No app, no identity.
  return await finish(client, identities === 'given' ? props : { ...props, apps: {} }, stack, outputs);
}

/** What AWS or the owners of integrations would do: TTL is switched on, integrations get a role or a token. */
async function finish(
  client: EmulatorClient,
  props: VaultProps,
  stack: string,
  outputs: Record<string, string>,
): Promise<LocalVault> {
  const dynamo = new DynamoDBClient(client);
  const tables = {
    vault: outputs.VaultTable ?? '',
    ring: outputs.RingTable ?? '',
    secrets: outputs.SecretTable ?? '',
  };
  await switchTtlOn(dynamo, tables.vault, TTL_ATTRIBUTE);
  if (outputs.ConsoleTable !== undefined) await switchTtlOn(dynamo, outputs.ConsoleTable, TTL_ATTRIBUTE);
  const api = new URL(outputs.Url ?? '');
  const [apiId = ''] = api.hostname.split('.');
  const url = emulatedApiUrl(client.endpoint, apiId, api.pathname.replaceAll('/', ''));
  const { ConsoleUserPool: userPoolId, ConsoleClient: clientId } = outputs;
  const people = userPoolId === undefined || clientId === undefined ? undefined : { userPoolId, clientId };
  const functions = Object.entries(outputs).flatMap(([key, value]) => {
    const operation = /^Function(\w+)$/.exec(key)?.[1];
    // `seal-blob` for `FunctionSealBlob`.
    const name = operation?.replaceAll(/\B[A-Z]/g, '-$&').toLowerCase();
    return name === undefined ? [] : [[name, value] as const];
  });
  return {
    url,
    region: client.region,
    endpoint: client.endpoint,
    ...(client.credentials.accessKeyId === EMULATOR_CREDENTIALS.accessKeyId
      ? { credentials: EMULATOR_CREDENTIALS }
      : {}),
    stack,
    audience: outputs.Audience ?? '',
    apps: Object.keys(props.apps),
    integrations: await giveIdentities(client, props, DynamoDBDocumentClient.from(dynamo), tables.ring),
    functions: Object.fromEntries(functions),
    tables,
    blobBucket: outputs.BlobBucket ?? '',
    ...(people && { console: await addPerson(client, people, `${url}/${CONSOLE_PATH}`, props) }),
  };
}

/** Makes the role of each integration, or issues its token. */
async function giveIdentities(
  client: EmulatorClient,
  settings: VaultProps,
  documents: DynamoDBDocumentClient,
  ringTable: string,
): Promise<Record<string, LocalIntegration>> {
  const account = await accountOf(client);
  const iam = new IAMClient(client);
  const named = new Map<string, LocalIntegration>();
  for (const { app, integration, name, props } of namedIntegrations(settings)) {
    const { kind, roleArns = [] } = props;
    // Roles of other accounts cannot be assumed here.
    const roleArn = roleArns.find((arn) => arn.includes(`::${account}:role/`));
    if (roleArn !== undefined) {
      await makeRole(iam, roleArn);
      named.set(name, { app, kind, roleArn });
    } else {
      named.set(name, { app, kind, token: await issueToken(documents, ringTable, app, integration) });
    }
  }
  return Object.fromEntries(named);
}

/** Issues a token that lives for a day. */
export async function issueToken(
  documents: DynamoDBDocumentClient,
  ringTable: string,
  app: string,
  integration: string,
): Promise<string> {
  const token = newApiToken();
  const nowS = secondsOf(Date.now());
  const generation = (await dynamoKeyRing(documents, ringTable).read(app))?.generations[integration];
  if (generation === undefined)
    throw new Error(`the deployed vault has no integration ${integration} in an app ${app}`);
  const grant = { app, integration, generation, expiresAtS: nowS + TOKEN_LIFE_S };
  await dynamoTokenRegister(documents, ringTable).issue(hashApiToken(token), grant, nowS);
  return token;
}

async function accountOf(client: EmulatorClient): Promise<string> {
  const { Account = '' } = await new STSClient(client).send(new GetCallerIdentityCommand({}));
  return Account;
}

/** Makes a role that everyone in its account may assume, as the owner of an integration would have made it. */
async function makeRole(iam: IAMClient, roleArn: string): Promise<void> {
  const [, accountId, Path, RoleName] = /^arn:aws:iam::(\d+):role(\/(?:.+\/)?)(.+)$/.exec(roleArn) ?? [];
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: 'sts:AssumeRole' }],
  };
  const create = new CreateRoleCommand({ Path, RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) });
  await iam.send(create).catch((error: unknown) => {
    // An earlier deployment to the same emulator made it.
    if (!(error instanceof Error && error.name === 'EntityAlreadyExistsException')) throw error;
  });
}

/** Switches the TTL on, since CloudFormation in emulators ignores TimeToLiveSpecification. */
async function switchTtlOn(dynamo: DynamoDBClient, TableName: string, AttributeName: string): Promise<void> {
  for (let tries = 0; tries < TTL_TRIES; tries += 1) {
    const { TimeToLiveDescription } = await dynamo.send(new DescribeTimeToLiveCommand({ TableName }));
    if (TimeToLiveDescription?.TimeToLiveStatus === 'ENABLED') return;
    const TimeToLiveSpecification = { AttributeName, Enabled: true };
    await dynamo.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  }
  throw new Error('the emulator does not switch the TTL of its tables on: use one that has DynamoDB TTL');
}
