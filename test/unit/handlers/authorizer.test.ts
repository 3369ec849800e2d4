// The authorizer's policy: exactly the routes that the caller may use, of its own app alone.

import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { DaykeyError } from '../../../lambda/domain/errors.ts';
import { INTEGRATION_KINDS } from '../../../lambda/domain/settings.ts';
import { may, OPERATIONS } from '../../../lambda/domain/trust.ts';
import { authorize } from '../../../lambda/handlers/authorize.ts';
import { type MemoryVault, type MemoryVaultOptions, memoryVault } from '../../support/memory-vault.ts';

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
        expect(route).toMatch(new RegExp(`/POST/v1/apps/${app}/[a-z]+$`));
    }
  });

  test('gives the functions no context to believe in', async () => {
    const vault = await memoryVault();
    const given = await answer(vault, { Authorization: vault.authorizationOf('web') });
    expect(Object.keys(given).toSorted()).toEqual(['policyDocument', 'principalId']);
  });
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
    await vault.keyRing.configure({ ...vault.settings, retired: true });
    const headers = { Authorization: vault.authorizationOf('web') };
    await expect(answer(vault, headers)).rejects.toThrow(/^Unauthorized$/);
  });
});

describe('a store that cannot answer', () => {
  const lost = new DaykeyError('unavailable', 'cannot look up now');
  const broken = new Error('broken');

  test.each<[what: string, before: MemoryVaultOptions['before'], error: Error]>([
    ['throttled tokens', { apiTokens: () => ({ find: () => Promise.reject(lost) }) }, lost],
    ['broken tokens', { apiTokens: () => ({ find: () => Promise.reject(broken) }) }, broken],
    ['a throttled ring', { keyRing: () => ({ read: () => Promise.reject(lost) }) }, lost],
  ])('(%s) throws another error, which is no 401', async (_, before, error) => {
    const vault = await memoryVault({ ...(before && { before }) });
    await expect(answer(vault, { Authorization: vault.authorizationOf('web') })).rejects.toBe(error);
  });
});

function answer(
  { identity, rings }: MemoryVault,
  headers: Record<string, string> | null,
  methodArn = `${API}/vault/POST/v1/apps/shop/encrypt`,
) {
  return authorize({ identity, rings })({ type: 'REQUEST', methodArn, headers } as APIGatewayRequestAuthorizerEvent);
}

function resourcesOf(policy: { Statement: unknown }): string[] {
  return (policy.Statement as { Resource: string[] }[]).flatMap(({ Resource }) => Resource);
}
