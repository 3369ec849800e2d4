// Deploys the real stack with the real CDK to an emulator, and hands out what a caller needs.

import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DescribeTimeToLiveCommand, DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { VAULT_TABLE } from '../lambda/config.ts';
import { tokenItemOf } from '../lambda/dynamo/api-tokens.ts';
import type { IntegrationProps, VaultProps } from '../lib/settings.ts';
import { hashApiToken, newApiToken } from '../vault/domain/api-token.ts';
import type { IntegrationKind } from '../vault/domain/settings.ts';
import { EMULATOR_CREDENTIALS, EMULATOR_REGION } from './emulator.ts';

/** What a caller of a local vault needs; `.local/vault.json` holds it. */
export interface LocalVault {
  /** Base of the REST API; routes begin with `/v1`. */
  readonly url: string;
  readonly region: string;
  readonly endpoint: string;
  /** What AWS roles sign their identity for. */
  readonly audience: string;
  readonly apps: readonly string[];
  readonly integrations: Readonly<Record<string, LocalIntegration>>;
  /** Names or ARNs for direct invocation, by operation. */
  readonly functions: Readonly<Record<string, string>>;
  readonly tables: { readonly vault: string; readonly ring: string };
}

/** One integration, which comes with an API token or as an AWS role. */
export type LocalIntegration = { readonly app: string; readonly kind: IntegrationKind } & (
  | {
      /** An API token, for `Authorization: Bearer`. */
      readonly token: string;
      readonly roleArn?: never;
    }
  | {
      /** A role to assume, whose credentials sign for `Authorization: Daykey-Aws`. */
      readonly roleArn: string;
      readonly token?: never;
    }
);

export interface Deployment {
  readonly endpoint: string;
  /** Module whose default export is the vault's settings, from the repository's root. */
  readonly settings: string;
  readonly stack?: string;
  /** Folder for the cloud assembly and the log; its own for each deployment. */
  readonly folder: string;
}

const ROOT = join(import.meta.dirname, '..');
const CDK = join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');
const TOKEN_LIFE_S = 24 * 3600;
const TTL_TRIES = 30;

/** SDK settings for an emulator: whatever the environment says, the emulator's root user where it says nothing. */
export function clientFor(endpoint: string) {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION } = process.env;
  const own = AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY;
  return {
    endpoint,
    region: AWS_REGION ?? EMULATOR_REGION,
    credentials: own
      ? { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY }
      : { ...EMULATOR_CREDENTIALS },
  };
}

/** Synthesises the stack; needs no emulator, so it may run while one starts. */
export async function synthesise({ endpoint, settings, stack, folder }: Deployment): Promise<void> {
  await cdk(folder, endpoint, [
    'synth',
    '--quiet',
    ...contextOf({ settings, stack }),
    '--output',
    join(folder, 'cdk.out'),
  ]);
}

/** Makes the bucket that the CDK publishes to. */
export async function bootstrap({ endpoint, folder }: Pick<Deployment, 'endpoint' | 'folder'>): Promise<void> {
  const client = clientFor(endpoint);
  const { Account } = await new STSClient(client).send(new GetCallerIdentityCommand({}));
  // Away from cdk.json: with an app at hand the CDK would synthesise it here once more, for nothing.
  await cdk(folder, endpoint, ['bootstrap', `aws://${Account}/${client.region}`], folder);
}

/** Deploys what {@link synthesise} made. @throws Error with the end of the CDK's own words. */
export async function deploy({ endpoint, settings, stack = 'Daykey', folder }: Deployment): Promise<LocalVault> {
  const outputsFile = join(folder, 'outputs.json');
  const cloudAssembly = join(folder, 'cdk.out');
  await cdk(folder, endpoint, [
    ...['deploy', stack, '--app', cloudAssembly, '--require-approval', 'never', '--outputs-file', outputsFile],
  ]);
  const outputs = JSON.parse(readFileSync(outputsFile, 'utf8'))[stack] as Record<string, string>;
  return await vaultOf(endpoint, settings, outputs);
}

/** Stack outputs become a vault: TTL on, a role or a token for every integration. */
async function vaultOf(endpoint: string, settings: string, outputs: Record<string, string>): Promise<LocalVault> {
  const client = clientFor(endpoint);
  const dynamo = new DynamoDBClient(client);
  const tables = { vault: outputs.VaultTable ?? '', ring: outputs.RingTable ?? '' };
  await switchTtlOn(dynamo, tables.vault);
  const { default: props } = (await import(join(ROOT, settings))) as { default: VaultProps };
  const documents = DynamoDBDocumentClient.from(dynamo);
  const integrations: Record<string, LocalIntegration> = {};
  for (const [app, { integrations: own }] of Object.entries(props.apps)) {
    for (const [name, { kind, roleArns: [roleArn] = [] }] of Object.entries<IntegrationProps>(own)) {
      if (roleArn !== undefined) await makeRole(new IAMClient(client), roleArn);
      integrations[name] =
        roleArn === undefined
          ? { app, kind, token: await issueToken(documents, tables.ring, app, name) }
          : { app, kind, roleArn };
    }
  }
  const api = new URL(outputs.Url ?? '');
  const [apiId] = api.hostname.split('.');
  const functions = Object.entries(outputs).flatMap(([key, value]) => {
    const operation = /^Function(\w+)$/.exec(key)?.[1];
    return operation === undefined ? [] : [[operation.toLowerCase(), value] as const];
  });
  return {
    // Names below *.localhost do not resolve everywhere, so the path form that every emulator knows.
    url: `${endpoint}/restapis/${apiId}${api.pathname.replace(/\/$/, '')}/_user_request_`,
    region: client.region,
    endpoint,
    audience: outputs.Audience ?? '',
    apps: Object.keys(props.apps),
    integrations,
    functions: Object.fromEntries(functions),
    tables,
  };
}

/** Stores the hash of a fresh token; it lives for a day. */
export async function issueToken(
  documents: DynamoDBDocumentClient,
  ringTable: string,
  app: string,
  integration: string,
): Promise<string> {
  const token = newApiToken();
  const expiresAtS = Math.floor(Date.now() / 1000) + TOKEN_LIFE_S;
  const Item = tokenItemOf(hashApiToken(token), { app, integration, expiresAtS });
  await documents.send(new PutCommand({ TableName: ringTable, Item }));
  return token;
}

/** A role that everybody in its account may assume, as the owner of an integration would have made it. */
async function makeRole(iam: IAMClient, roleArn: string): Promise<void> {
  const [, accountId, RoleName] = /^arn:aws:iam::(\d+):role\/(.+)$/.exec(roleArn) ?? [];
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: 'sts:AssumeRole' }],
  };
  const create = new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) });
  await iam.send(create).catch((error: unknown) => {
    // From an earlier deployment to the same emulator.
    if (!(error instanceof Error && error.name === 'EntityAlreadyExistsException')) throw error;
  });
}

/** Emulators' CloudFormation overlooks TimeToLiveSpecification; AWS does not. */
async function switchTtlOn(dynamo: DynamoDBClient, TableName: string): Promise<void> {
  for (let tries = 0; tries < TTL_TRIES; tries += 1) {
    const { TimeToLiveDescription } = await dynamo.send(new DescribeTimeToLiveCommand({ TableName }));
    if (TimeToLiveDescription?.TimeToLiveStatus === 'ENABLED') return;
    const TimeToLiveSpecification = { AttributeName: VAULT_TABLE.expiry, Enabled: true };
    await dynamo.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  }
  throw new Error('the emulator does not switch the TTL of the vault table on: use one that has DynamoDB TTL');
}

function contextOf({ settings, stack }: { settings: string; stack: string | undefined }): string[] {
  return ['--context', `settings=${settings}`, ...(stack === undefined ? [] : ['--context', `stack=${stack}`])];
}

async function cdk(folder: string, endpoint: string, args: readonly string[], cwd = ROOT): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const log = join(folder, 'cdk.log');
  const { credentials, region } = clientFor(endpoint);
  const child = spawn(process.execPath, [CDK, ...args], {
    cwd,
    env: {
      ...process.env,
      PATH: `${dirname(process.execPath)}:${join(ROOT, 'node_modules', '.bin')}:${process.env.PATH}`,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: region,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CI: 'true',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const keep = (chunk: Buffer) => {
    said += chunk.toString('utf8');
    appendFileSync(log, chunk);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) {
    const tail = said.trimEnd().split('\n').slice(-15).join('\n  ');
    throw new Error(`cdk ${args[0]} failed (exit ${code}); its log is ${log} and ends:\n  ${tail}`);
  }
}

/** Writes what callers need, readable by this user alone: it holds tokens. */
export function writeVault(file: string, vault: LocalVault): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(vault, null, 2)}\n`, { mode: 0o600 });
}
