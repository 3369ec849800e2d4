// The authorizer's policy: exactly the routes that the caller may use, and only those of its app.

import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { authorize } from '../../../../lambda/gateway/authorize.ts';
import { DaykeyError } from '../../../../vault/domain/errors.ts';
import { DEFAULT_LIFE } from '../../../../vault/domain/kek-life/life.ts';
import { INTEGRATION_KINDS, type IntegrationKind } from '../../../../vault/domain/settings.ts';
import { may } from '../../../../vault/domain/trust.ts';
import { MAX_APPS_NAMED } from '../../../../vault/usecases/identity/allowed-routes.ts';
import { cachedRings } from '../../../../vault/usecases/rings.ts';
import { OPERATIONS } from '../../../../wire/operations.ts';
import { type MemoryVault, type MemoryVaultOptions, memoryVault } from '../../../support/memory-vault.ts';
import { storeSettings } from '../../../support/store-settings.ts';

const API = 'arn:aws:execute-api:eu-central-1:111122223333:abc123';
const everyTrust = INTEGRATION_KINDS.flatMap((kind) =>
  [false, true].map((processSensitive) => ({ kind, processSensitive, roles: [] })),
);

describe('the policy', () => {
  test.each(everyTrust)(
    'of $kind with processSensitive $processSensitive allows exactly what it may',
    async (trust) => {
      const vault = await memoryVault({ integrations: { it: trust } });
      const { principalId, policyDocument } = await answer(vault, { Authorization: vault.authorizationOf('it') });
      expect(principalId).toBe('shop/it');
      expect(policyDocument).toEqual({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: 'execute-api:Invoke',
            Resource: OPERATIONS.filter((operation) => may(trust, operation)).map(
              (operation) => `${API}/vault/POST/v1/apps/shop/${operation}`,
            ),
          },
        ],
      });
    },
  );

  test('is the same on every route, since the cache replays it on all of them', async () => {
    const vault = await memoryVault();
    const headers = { Authorization: vault.authorizationOf('web') };
    const one = await answer(vault, headers, `${API}/vault/POST/v1/apps/shop/encrypt`);
    const other = await answer(vault, headers, `${API}/vault/GET/v1/apps/bank/anything/else`);
    expect(other).toEqual(one);
  });

  test('holds no wildcard and no other app', async () => {
    const vault = await memoryVault();
    await vault.addApp('bank');
    for (const app of ['shop', 'bank']) {
      const { policyDocument } = await answer(vault, { Authorization: vault.authorizationOf('web', app) });
      for (const route of resourcesOf(policyDocument))
        expect(route).toMatch(new RegExp(`/POST/v1/apps/${app}/[a-z-]+$`));
    }
  });

  test.each([MAX_APPS_NAMED, MAX_APPS_NAMED + 1, 400])('of a role in %d apps stays short', async (count) => {
    const { principalId, policyDocument } = await answerOfRoleIn(count);
    const routes = resourcesOf(policyDocument).map((route) => route.split('/v1/apps/')[1]);
    expect(JSON.stringify(policyDocument).length).toBeLessThan(8192);
    expect(principalId.length).toBeLessThan(1500);
    const beyond = count - MAX_APPS_NAMED;
    if (beyond === 0) expect(routes).toHaveLength(count * OPERATIONS.length);
    // What any of its apps grants, on all of them: the functions look for themselves.
    else expect(routes).toEqual(OPERATIONS.map((operation) => `*/${operation}`));
    expect(principalId.endsWith(` +${beyond}`)).toBe(beyond > 0);
  });

  test('of a role in many apps allows nothing that none of them grants', async () => {
    const { policyDocument } = await answerOfRoleIn(MAX_APPS_NAMED + 1, 'other');
    expect(resourcesOf(policyDocument)).toEqual(
      allowedTo('other').map((operation) => `${API}/vault/POST/v1/apps/*/${operation}`),
    );
  });

  test('gives the functions no context to believe in', async () => {
    const vault = await memoryVault();
    const given = await answer(vault, { Authorization: vault.authorizationOf('web') });
    expect(Object.keys(given).toSorted()).toEqual(['policyDocument', 'principalId']);
  });
});

test('a role keeps every route of an app whose settings cannot be read: its functions answer with 503, not API Gateway with 403', async () => {
  const { policyDocument } = await answerOfRoleIn(2, 'other', ['app-0-of-a-rather-long-name']);
  const routes = resourcesOf(policyDocument).map((route) => route.split('/v1/apps/')[1]);
  expect(routes.toSorted()).toEqual(
    [
      ...OPERATIONS.map((operation) => `app-0-of-a-rather-long-name/${operation}`),
      ...allowedTo('other').map((operation) => `app-1-of-a-rather-long-name/${operation}`),
    ].toSorted(),
  );
});

describe('an invalid identity', () => {
  test.each<[what: string, headers: (valid: string) => Record<string, string> | null]>([
    ['no headers', () => null],
    ['no Authorization header', () => ({ Accept: '*/*' })],
    ['an unknown token', () => ({ Authorization: `Bearer dkt_${'A'.repeat(43)}` })],
    ['another scheme', () => ({ Authorization: 'Basic dXNlcjpwYXNz' })],
    ['two headers', (valid) => ({ Authorization: valid, authorization: valid })],
  ])("(%s) throws 'Unauthorized', word for word", async (_, headers) => {
    const vault = await memoryVault();
    await expect(answer(vault, headers(vault.authorizationOf('web')))).rejects.toThrow(/^Unauthorized$/);
  });

  test.each(['__proto__', 'nobody'])("(the integration %s) throws 'Unauthorized'", async (integration) => {
    const vault = await memoryVault();
    const headers = { Authorization: vault.authorizationOf(integration) };
    await expect(answer(vault, headers)).rejects.toThrow(/^Unauthorized$/);
  });

  test("(of a retired app) throws 'Unauthorized'", async () => {
    const vault = await memoryVault();
    await storeSettings(vault.keyRing, { ...vault.settings, state: 'retired' });
    const headers = { Authorization: vault.authorizationOf('web') };
    await expect(answer(vault, headers)).rejects.toThrow(/^Unauthorized$/);
  });
});

describe('a store that cannot answer', () => {
  const lost = new DaykeyError('unavailable', 'cannot look up now');
  const broken = new Error('broken');
  const unreadable = new DaykeyError('settings-unreadable', 'the settings row is malformed');

  test.each<[what: string, before: MemoryVaultOptions['before'], error: Error]>([
    ['throttled tokens', { apiTokens: () => ({ find: () => Promise.reject(lost) }) }, lost],
    ['broken tokens', { apiTokens: () => ({ find: () => Promise.reject(broken) }) }, broken],
    ['a throttled ring', { keyRing: () => ({ read: () => Promise.reject(lost) }) }, lost],
    ['unreadable settings', { keyRing: () => ({ read: () => Promise.reject(unreadable) }) }, unreadable],
  ])('(%s) throws another error, which is no 401', async (_, before, error) => {
    const vault = await memoryVault({ ...(before && { before }) });
    await expect(answer(vault, { Authorization: vault.authorizationOf('web') })).rejects.toBe(error);
  });
});

function answer(
  { identity, rings }: Pick<MemoryVault, 'identity' | 'rings'>,
  headers: Record<string, string> | null,
  methodArn = `${API}/vault/POST/v1/apps/shop/encrypt`,
) {
  return authorize({ identity, rings })({ type: 'REQUEST', methodArn, headers } as APIGatewayRequestAuthorizerEvent);
}

/** Of a role that stands in so many apps, all of the same kind. */
function answerOfRoleIn(count: number, kind: IntegrationKind = 'messaging', unreadable: readonly string[] = []) {
  const role = '111122223333/fleet';
  const names = Array.from({ length: count }, (_, number) => `app-${number}-of-a-rather-long-name`);
  const grants = names.map((app) => ({
    app,
    integration: 'fleet',
    generation: 'g1',
    role,
    credential: `role/${role}/a-session`,
  }));
  const integrations = { fleet: { kind, processSensitive: false, roles: [role] } };
  const settings = { life: DEFAULT_LIFE, defaultTtlS: 3600, integrations, state: 'live' as const };
  const read = async (app: string) => {
    if (unreadable.includes(app)) throw new DaykeyError('settings-unreadable', 'the settings row is malformed');
    return { settings: { app, ...settings }, generations: { fleet: 'g1' }, slots: [] };
  };
  const headers = { Authorization: 'Daykey-Aws signed' };
  return answer(
    { identity: { verify: () => Promise.resolve(grants) }, rings: cachedRings({ read }, () => 0) },
    headers,
  );
}

function allowedTo(kind: IntegrationKind) {
  return OPERATIONS.filter((operation) => may({ kind, processSensitive: false }, operation));
}

function resourcesOf(policy: { Statement: unknown }): string[] {
  return (policy.Statement as { Resource: string[] }[]).flatMap(({ Resource }) => Resource);
}
