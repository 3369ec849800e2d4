// AWS roles at the deployed vault: let in by what STS says, over REST and directly, and kept out by everything else.

import { setTimeout as sleep } from 'node:timers/promises';
import { CreateAccessKeyCommand, CreateRoleCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import type { RoleCredentials } from '../../client/sdk/aws-identity.ts';
import { rolePartition, roleSortKey } from '../../lambda/dynamo/trusted-roles.ts';
import { clientFor } from '../../local/emulator-client.ts';
import type { AppSettings } from '../../vault/domain/settings.ts';
import { formatAwsIdentity, parseAwsIdentity, type SignedIdentity } from '../../wire/aws-identity.ts';
import { present } from '../support/envelope.ts';
import { assumed, headerOf } from '../support/roles.ts';
import { aToken, documents, integrationNamed, invoked, rest, unique } from '../support/vault.ts';

const CLOSES_WITHIN_MS = 62_000;

const root = () => clientFor(inject('endpoint'));
let warehouse: RoleCredentials;
let stranger: RoleCredentials;
let token: string;

beforeAll(async () => {
  warehouse = await assumed(present(integrationNamed('warehouse').roleArn));
  stranger = await assumed(await newRole());
  token = await aToken('x');
});

/** A role with a new name that its account may assume. */
async function newRole(): Promise<string> {
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'sts:AssumeRole' }],
  });
  const create = new CreateRoleCommand({ RoleName: unique('role'), AssumeRolePolicyDocument });
  return present((await new IAMClient(root()).send(create)).Role?.Arn);
}

/** The good header with something else in it. */
async function changed(change: Partial<SignedIdentity>): Promise<string> {
  return formatAwsIdentity({ ...present(parseAwsIdentity(await headerOf(warehouse))), ...change });
}

/** What a header gets, which is the same through the API and by direct invocation of the function. */
async function answerTo(authorization: string, { app = 'shop', operation = 'decrypt' } = {}) {
  const body = operation === 'encrypt' ? { fields: { value: 'x' } } : { refs: { value: token } };
  const { status, body: restBody } = await rest({ path: `/v1/apps/${app}/${operation}`, authorization, body });
  const direct = (await invoked(operation, 'direct', { authorization, app, operation, body })).body;
  if (operation === 'decrypt') expect(direct).toEqual({ status, body: restBody });
  else expect(direct).toMatchObject({ status });
  return { status, body: restBody };
}

describe('a role trusted as customer-support', () => {
  test('opens what others sealed', async () => {
    expect(await answerTo(await headerOf(warehouse))).toMatchObject({
      status: 200,
      body: { values: { value: { status: 'ok', value: 'x' } } },
    });
  });

  test('seals, with a header that it has used before', async () => {
    const authorization = await headerOf(warehouse);
    for (let call = 0; call < 2; call += 1) {
      expect((await answerTo(authorization, { operation: 'encrypt' })).status).toBe(200);
    }
  });

  test('signed five minutes ago is let in', async () => {
    expect((await answerTo(await headerOf(warehouse, { agoS: 5 * 60 }))).status).toBe(200);
  });

  test.each(['clinic', 'nowhere'])('gets 403 from another app: %s', async (app) => {
    const authorization = await headerOf(warehouse);
    expect(await answerTo(authorization, { app })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });
});

test('a role that no integration trusts gets 403', async () => {
  expect(await answerTo(await headerOf(stranger))).toMatchObject({ status: 403, body: { code: 'forbidden' } });
});

describe('no access', () => {
  const otherAudience = () => inject('vault').audience.replace(/[^:]+$/, 'Another');
  const cases: [what: string, header: () => Promise<string>][] = [
    ['with a forged signature', () => changed({ signature: '0'.repeat(64) })],
    ["with another role's session token", () => changed({ sessionToken: present(stranger.sessionToken) })],
    ["with another role's access key", () => changed({ accessKeyId: stranger.accessKeyId })],
    ['with an access key that does not exist', () => changed({ accessKeyId: `ASIA${'A'.repeat(16)}` })],
    [
      'with the date of another second',
      async () => {
        const { date } = present(parseAwsIdentity(await headerOf(warehouse, { agoS: 60 })));
        return changed({ date });
      },
    ],
    ["for another vault's audience", () => headerOf(warehouse, { audience: otherAudience() })],
    [
      'for an audience in other letters',
      () => headerOf(warehouse, { audience: inject('vault').audience.toLowerCase() }),
    ],
    ['for another Region', () => headerOf(warehouse, { region: 'eu-west-1' })],
    ['signed 16 minutes ago', () => headerOf(warehouse, { agoS: 16 * 60 })],
    ['signed 7 minutes ago, which STS itself would take', () => headerOf(warehouse, { agoS: 7 * 60 })],
    ['signed in two minutes from now', () => headerOf(warehouse, { agoS: -2 * 60 })],
    ['with a presigned URL', presigned],
    ['with a secret key that is not the one', () => headerOf({ ...warehouse, secretAccessKey: 'x'.repeat(40) })],
    ['as an IAM user', asUser],
    ['as an IAM user with a session token', asUserWithSession],
  ];

  test.each(cases)('%s: 401', async (_, header) => {
    expect(await answerTo(await header())).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  });

  test('with the header that AWS takes itself: 401', async () => {
    const { headers } = await signed('POST');
    expect((await answerTo(present(headers.authorization))).status).toBe(401);
  });

  async function presigned(): Promise<string> {
    const { query } = await signed('GET');
    return `Daykey-Aws ${Buffer.from(JSON.stringify({ v: 1, url: `https://sts.us-east-1.amazonaws.com/?${new URLSearchParams(query)}` })).toString('base64url')}`;
  }

  /** GetCallerIdentity as the SDK would sign it: in headers, or in a query. */
  async function signed(method: 'GET' | 'POST') {
    const { region } = inject('vault');
    const { sha256 } = new STSClient(root()).config;
    const signer = new SignatureV4({ service: 'sts', region, credentials: warehouse, sha256 });
    const hostname = `sts.${region}.amazonaws.com`;
    const request = { method, protocol: 'https:', hostname, path: '/', headers: { host: hostname } };
    const action = { Action: 'GetCallerIdentity', Version: '2011-06-15' };
    const { headers } = await signer.sign({ ...request, query: {} });
    const { query = {} } = await signer.presign({ ...request, query: action });
    return { headers, query: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)])) };
  }
});

async function keysOfUser() {
  const iam = new IAMClient(root());
  const UserName = unique('user');
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: present(AccessKey?.AccessKeyId), secretAccessKey: present(AccessKey?.SecretAccessKey) };
}

/** A user has no session token; one that it makes up makes it no role. */
async function asUser(): Promise<string> {
  return headerOf({ ...(await keysOfUser()), sessionToken: 'FwoGZXMadeUp' });
}

/** Temporary credentials that are genuine, of someone who is no role. */
async function asUserWithSession(): Promise<string> {
  const sts = new STSClient({ ...root(), credentials: await keysOfUser() });
  const { Credentials } = await sts.send(new GetSessionTokenCommand({}));
  return headerOf({
    accessKeyId: present(Credentials?.AccessKeyId),
    secretAccessKey: present(Credentials?.SecretAccessKey),
    sessionToken: present(Credentials?.SessionToken),
  });
}

describe('settings that change under a running vault', () => {
  const TableName = () => inject('vault').tables.ring;
  const Key = { pk: 'clinic', sk: 'settings' };

  /** Has the laboratory, whose role no other test takes, trust these roles, as root would write it; gives back what was there. */
  async function trust(roles: readonly string[]): Promise<AppSettings> {
    const { Item } = await documents().send(new GetCommand({ TableName: TableName(), Key, ConsistentRead: true }));
    const before = present(Item).settings as AppSettings;
    const integrations = {
      ...before.integrations,
      'clinic-lab': { ...present(before.integrations['clinic-lab']), roles },
    };
    await write({ ...before, integrations });
    return before;
  }

  async function write(settings: AppSettings): Promise<void> {
    const update = new UpdateCommand({
      TableName: TableName(),
      Key,
      UpdateExpression: 'SET settings = :settings',
      ExpressionAttributeValues: { ':settings': settings },
    });
    await documents().send(update);
  }

  // Its index row stays where it is, with its grant: which is worth nothing without it.
  test('end the trust in a role within 60 s, even for one of the same name in the account that is trusted now', async () => {
    const laboratory = await assumed(present(integrationNamed('clinic-lab').roleArn));
    const authorization = await headerOf(laboratory);
    expect(await answered(authorization)).toEqual([200, 200]);
    const before = await trust(['999999999999/daykey-local-lab']);
    const turnedOffAtMs = performance.now();
    try {
      const row = { pk: rolePartition('000000000000/daykey-local-lab'), sk: roleSortKey('clinic', 'clinic-lab') };
      const { Item } = await documents().send(new GetCommand({ TableName: TableName(), Key: row }));
      expect(Item).toMatchObject({ integration: 'clinic-lab' });
      // Each function runs more than once here, and each of them believes what it read for up to a minute.
      await sleep(CLOSES_WITHIN_MS - (performance.now() - turnedOffAtMs));
      for (const header of [authorization, await headerOf(laboratory)])
        expect(await answered(header)).toEqual([403, 403]);
    } finally {
      await write(before);
    }
  }, 90_000);

  /** Both ways in, which need not close at the same moment. */
  async function answered(authorization: string): Promise<number[]> {
    const body = { refs: { value: token } };
    const direct = await invoked('decrypt', 'direct', { authorization, app: 'clinic', operation: 'decrypt', body });
    const { status } = await rest({ path: '/v1/apps/clinic/decrypt', authorization, body });
    return [status, (direct.body as { status: number }).status];
  }
});
