// The middleware of docs/recipes/middy.md, run against a vault in memory over HTTP.

import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type TestingVault, testingVault } from '../../client/testing/index.ts';
import type { Listening } from '../../client/testing/port.ts';
import { type Recipe, writeRecipe } from '../support/recipe.ts';

const APPS = {
  shop: {
    integrations: { web: { kind: 'messaging' }, lookup: { kind: 'component' }, desk: { kind: 'customer-support' } },
  },
} as const;

type Handler = (event: unknown, context: Context) => Promise<{ $sensitive: string }>;

let recipe: Recipe;
let vault: TestingVault;
let port: Listening;
let handler: Handler;
const looked: string[] = [];

beforeAll(async () => {
  recipe = writeRecipe('docs/recipes/middy.md');
  vault = await testingVault({ apps: APPS });
  port = await vault.listen();
  const token = (await vault.identity('shop', 'lookup')()).replace('Bearer ', '');
  vi.stubEnv('DAYKEY_URL', port.url).stubEnv('DAYKEY_TOKEN', token);
  vi.stubGlobal('parcelFor', async (email: string) => {
    looked.push(email);
    return { found: true, place: 'Leeds' };
  });
  ({ handler } = await recipe.load<{ handler: Handler }>('handler.ts'));
});

afterAll(async () => {
  await port.close();
  recipe.remove();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

test('the handler sees plaintext, and its caller gets a ref of the result', async () => {
  const { refs } = await vault.as('shop', 'web').encrypt({ email: 'maya@example.org' }, { ttlSeconds: 600 });
  const result = await handler({ id: 'q-17', email: { $sensitive: refs.email } }, {} as Context);
  expect(looked).toEqual(['maya@example.org']);
  expect(Object.keys(result)).toEqual(['$sensitive']);
  expect(JSON.stringify(result)).not.toContain('Leeds');
  const { opened } = await vault.as('shop', 'desk').decrypt({ opened: result.$sensitive });
  expect(opened.status === 'ok' && opened.value.reveal()).toEqual({
    id: 'q-17',
    parcel: { found: true, place: 'Leeds' },
  });
});

test('the result ends with the value that it was made of', async () => {
  const { refs } = await vault.as('shop', 'web').encrypt({ email: 'maya@example.org' }, { ttlSeconds: 600 });
  const { $sensitive } = await handler({ id: 'q-17', email: { $sensitive: refs.email } }, {} as Context);
  await vault.advance('10m');
  expect(await vault.as('shop', 'desk').decrypt({ $sensitive })).toEqual({ $sensitive: { status: 'redacted' } });
});

test('a value that has expired reaches the handler as redacted', async () => {
  const { refs } = await vault.as('shop', 'web').encrypt({ email: 'maya@example.org' }, { ttlSeconds: 600 });
  await vault.advance('10m');
  const before = looked.length;
  const result = await handler({ id: 'q-18', email: { $sensitive: refs.email } }, {} as Context);
  const { opened } = await vault.as('shop', 'desk').decrypt({ opened: result.$sensitive });
  expect(opened.status === 'ok' && opened.value.reveal()).toEqual({ id: 'q-18', parcel: null });
  expect(looked).toHaveLength(before);
});

test('a malformed ref ends the call before the handler runs', async () => {
  const before = looked.length;
  await expect(handler({ id: 'q-19', email: { $sensitive: 7 } }, {} as Context)).rejects.toMatchObject({
    code: 'ref-not-allowed',
  });
  expect(looked).toHaveLength(before);
});
