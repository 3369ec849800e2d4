// A thousand apps by one deployment, a thousand more by the command line, and one run of the rotator.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { awsClients, openStack } from '../../client/cli/open-vault.ts';
import { deploy, issueToken, synthesise } from '../../local/deploy.ts';
import { clientFor } from '../../local/emulator-client.ts';
import type { LocalVault } from '../../local/local-vault.ts';
import { MANY } from '../support/many-apps-settings.ts';
import { atTerminal, jsonLines } from '../support/operator.ts';

const STACK = 'DaykeyMany';
const folder = mkdtempSync(join(tmpdir(), 'daykey-many-'));
/** What the run took, for people who look: `.local/many-apps.json`. */
const measured: Record<string, number> = {};
let vault: LocalVault;

const client = () => clientFor(inject('endpoint'));
const daykey = (...args: string[]) => atTerminal({ openVault: () => openStack(awsClients(client()), STACK) })(...args);

async function timed<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
  const startedMs = performance.now();
  const value = await work();
  measured[what] = Math.round((performance.now() - startedMs) / 100) / 10;
  return value;
}

beforeAll(async () => {
  const deployment = {
    endpoint: inject('endpoint'),
    settings: 'test/support/many-apps-settings.ts',
    stack: STACK,
    folder,
  };
  await synthesise(deployment);
  vault = await timed('deployment of 1,000 apps, in seconds', () => deploy({ ...deployment, identities: 'none' }));
}, 300_000);

afterAll(() => {
  writeFileSync(join(import.meta.dirname, '../../.local/many-apps.json'), `${JSON.stringify(measured, null, 2)}\n`);
  rmSync(folder, { recursive: true, force: true });
});

test('a thousand apps are one resource of the stack, whose template says nothing of them', async () => {
  const types: string[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources(
    { client: new CloudFormationClient(client()) },
    { StackName: STACK },
  )) {
    types.push(...StackResourceSummaries.map(({ ResourceType = '' }) => ResourceType));
  }
  measured['resources of the stack'] = types.length;
  expect(types.filter((type) => type === 'Custom::DaykeyApps')).toHaveLength(1);
  expect(types.length).toBeLessThan(150);
  expect(readFileSync(join(folder, 'cdk.out', `${STACK}.template.json`), 'utf8')).not.toContain('stack-1');
});

test('a thousand more come by the command line, and every app seals and opens', async () => {
  const app = { integrations: { web: { kind: 'messaging' } }, keys: 'pooled' };
  const apps = Object.fromEntries(Array.from({ length: MANY }, (_, number) => [`cli-${number}`, app]));
  const file = join(folder, 'apps.json');
  writeFileSync(file, JSON.stringify({ apps }));
  const put = await timed('daykey app put of 1,000 apps, in seconds', () => daykey('app', 'put', file));
  expect(put).toMatchObject({ code: 0, stderr: expect.stringContaining('1000 apps can encrypt') });
  const listed = jsonLines(await daykey('app', 'list', '--json')) as { app: string; owner: string; state: string }[];
  const counts = Map.groupBy(listed, ({ owner, state }) => `${owner} ${state}`);
  expect([...counts].map(([what, { length }]) => [what, length]).toSorted()).toEqual([
    ['cli live', MANY],
    ['stack live', MANY],
  ]);
  for (const name of ['stack-0', `stack-${MANY - 1}`, 'cli-0', `cli-${MANY - 1}`]) {
    expect([name, await opened(name)]).toEqual([
      name,
      { value: { status: 'ok', value: 'x', expiresAt: expect.any(String) } },
    ]);
  }
}, 300_000);

test('a run of the rotator looks at what is due, and not at two thousand apps', async () => {
  const lambda = new LambdaClient(client());
  const rotator = await rotatorName();
  const run = () => lambda.send(new InvokeCommand({ FunctionName: rotator, Payload: '{}' }));
  expect((await run()).FunctionError).toBeUndefined();
  const { FunctionError } = await timed('one run of the rotator, in seconds', run);
  expect(FunctionError).toBeUndefined();
}, 300_000);

/** What a value is that the app seals and opens again. */
async function opened(app: string): Promise<unknown> {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(client()));
  const token = await issueToken(documents, vault.tables.ring, app, 'web');
  const call = async (operation: string, body: object) => {
    const response = await fetch(`${vault.url}/v1/apps/${app}/${operation}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    return (await response.json()) as { refs?: object; values?: object };
  };
  const { refs } = await call('encrypt', { fields: { value: 'x' } });
  return (await call('decrypt', { refs })).values;
}

async function rotatorName(): Promise<string> {
  for await (const { StackResourceSummaries = [] } of paginateListStackResources(
    { client: new CloudFormationClient(client()) },
    { StackName: STACK },
  )) {
    const found = StackResourceSummaries.find(({ LogicalResourceId = '' }) =>
      /^FunctionsRotateKekFunction/.test(LogicalResourceId),
    );
    if (found?.PhysicalResourceId !== undefined) return found.PhysicalResourceId;
  }
  throw new Error('the stack has no rotator');
}
