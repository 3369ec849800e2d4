// Trust that ended at the deployed vault: an integration that is set up again does not bring back its old tokens.

import { InvokeCommand, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { issueToken } from '../../local/deploy.ts';
import { clientFor } from '../../local/emulator-client.ts';
import type { IntegrationProps } from '../../vault/domain/settings/props.ts';
import type { AppsAnswer, AppsRequest } from '../../vault/usecases/apps/cli-apps.ts';
import { present } from '../support/envelope.ts';
import { documents, rest, unique } from '../support/vault.ts';

const APP = unique('again').slice(0, 40);
const web: IntegrationProps = { kind: 'messaging' };
/** Functions believe what they read for a minute. */
const FORGETS_WITHIN = { timeout: 75_000, interval: 3000 };

let configureApp = '';
let refs: Record<string, string> = {};

beforeAll(async () => {
  const client = new LambdaClient(clientFor(inject('endpoint')));
  for await (const { Functions = [] } of paginateListFunctions({ client }, {})) {
    configureApp ||= Functions.find(({ FunctionName }) => FunctionName?.includes('ConfigureApp'))?.FunctionName ?? '';
  }
  await configured({ web, lab: { kind: 'other' } });
  const sealed = await as(await newToken('web'), 'encrypt', { fields: { value: 'x' } });
  ({ refs } = sealed.body as { refs: Record<string, string> });
});

afterAll(() => invoke({ task: 'retire', apps: [APP] }));

test('a token of a removed integration is answered 401 when the integration is set up again with another kind', async () => {
  const old = await newToken('lab');
  expect((await as(old, 'encrypt', { fields: { value: 'x' } })).status).toBe(200);
  expect((await as(old, 'decrypt', { refs })).status).toBe(403);

  await configured({ web });
  await configured({ web, lab: { kind: 'customer-support' } });

  // A new token is let in at once, and opens what the old one must never open.
  const fresh = await newToken('lab');
  await expect.poll(async () => (await as(fresh, 'decrypt', { refs })).status, FORGETS_WITHIN).toBe(200);
  const statuses: number[] = [];
  const askAsOld = async () => {
    statuses.push((await as(old, 'decrypt', { refs })).status);
    return statuses.at(-1);
  };
  await expect.poll(askAsOld, FORGETS_WITHIN).toBe(401);
  expect(statuses).not.toContain(200);
}, 180_000);

function newToken(integration: string): Promise<string> {
  return issueToken(documents(), inject('vault').tables.ring, APP, integration);
}

function as(token: string, operation: string, body: object) {
  return rest({ path: `/v1/apps/${APP}/${operation}`, authorization: `Bearer ${token}`, body });
}

function configured(integrations: Record<string, IntegrationProps>): Promise<void> {
  return invoke({ task: 'put', apps: { [APP]: { integrations } } });
}

/** Asks the function that sets apps up, as the command line does. */
async function invoke(request: AppsRequest): Promise<void> {
  const command = new InvokeCommand({ FunctionName: present(configureApp), Payload: JSON.stringify(request) });
  const { FunctionError, Payload: answer } = await new LambdaClient(clientFor(inject('endpoint'))).send(command);
  const text = Buffer.from(answer ?? []).toString('utf8');
  const { problem } = JSON.parse(text) as AppsAnswer;
  if (FunctionError !== undefined || problem !== undefined) throw new Error(text);
}
