// Callers without trust cost little: look-ups are shared and remembered, however often they ask.

import { describe, expect, test } from 'vitest';
import { authorize } from '../../../../lambda/gateway/authorize.ts';
import { hashApiToken, newApiToken } from '../../../../vault/domain/api-token.ts';
import { respond } from '../../../../vault/operations/respond.ts';
import { eitherIdentity } from '../../../../vault/usecases/identity/either-identity.ts';
import { apiTokenIdentity } from '../../../../vault/usecases/identity/verify-api-token.ts';
import { awsIdentity } from '../../../../vault/usecases/identity/verify-aws-identity.ts';
import { cachedRings } from '../../../../vault/usecases/rings.ts';
import { sessionOf } from '../../../support/aws-callers.ts';
import { counted } from '../../../support/counting.ts';
import { INTEGRATIONS, type MemoryVault, memoryVault } from '../../../support/memory-vault.ts';
import { storeSettings } from '../../../support/store-settings.ts';

const REQUESTS = 50;
const ROLE = '111122223333/desk-agent';
const STRANGER = sessionOf('111122223333/stranger');
const desk = { kind: 'customer-support', processSensitive: false, roles: [ROLE] } as const;

const CALLERS: readonly [who: string, status: 401 | 403, header: (vault: MemoryVault) => string | Promise<string>][] = [
  ['an API token that was never issued', 401, () => `Bearer ${newApiToken()}`],
  ['an API token that was revoked', 401, revokedToken],
  ['an API token that has expired', 401, expiredToken],
  ['an API token of an integration that was removed', 401, tokenOfRemovedIntegration],
  ['an API token of an app that has retired', 401, tokenOfRetiredApp],
  ['an API token of an app that does not exist', 401, (vault) => vault.issueToken('nowhere', 'web')],
  ['a signature that STS refuses', 401, forgedSignature],
  ['an IAM user', 401, (vault) => vault.signedAs('arn:aws:iam::111122223333:user/desk-agent')],
  ['a role that no app trusts', 403, (vault) => vault.signedAs(STRANGER)],
  ['a role that was trusted before', 403, roleOfBefore],
];

describe.each(CALLERS)('%s', (_, status, header) => {
  test(`costs an instance at most one call of STS and two reads for ${REQUESTS} requests at once`, async () => {
    const vault = await aVault();
    const authorization = await header(vault);
    const instance = anInstance(vault);
    const statuses = await Promise.all(Array.from({ length: REQUESTS }, () => instance.status(authorization)));
    expect(new Set(statuses)).toEqual(new Set([status]));
    expect(instance.stsCalls()).toBeLessThanOrEqual(1);
    expect(instance.reads()).toBeLessThanOrEqual(2);
  });

  test(`costs the four functions at most 5 calls of STS and 5 reads of its identity for ${REQUESTS} requests`, async () => {
    const vault = await aVault();
    const authorization = await header(vault);
    const instances = Array.from({ length: 4 }, () => anInstance(vault));
    for (let request = 0; request < REQUESTS; request += 1) {
      // As over REST, where the authorizer comes first, and directly, where each function is asked.
      for (const instance of instances) {
        expect(await instance.status(authorization)).toBe(status);
        await instance.authorizes(authorization);
      }
    }
    const total = (count: (instance: Instance) => number) => instances.reduce((sum, each) => sum + count(each), 0);
    expect(total(({ stsCalls }) => stsCalls())).toBeLessThanOrEqual(5);
    expect(total(({ identityReads }) => identityReads())).toBeLessThanOrEqual(5);
  });
});

test('many unknown identities cost one look-up each, and no known caller another one', async () => {
  const vault = await aVault();
  const instance = anInstance(vault);
  const known = [vault.authorizationOf('web'), vault.signedAs(sessionOf(ROLE))];
  for (const authorization of known) expect(await instance.status(authorization)).toBe(200);
  const before = [instance.stsCalls(), instance.identityReads()];
  const tokens = Array.from({ length: 1500 }, () => `Bearer ${newApiToken()}`);
  const roles = Array.from({ length: 1500 }, (_, number) => vault.signedAs(STRANGER, number % 300));
  await Promise.all([...tokens, ...roles].map((authorization) => instance.status(authorization)));
  const during = [instance.stsCalls(), instance.identityReads()];
  expect(during[0]).toBe((before[0] ?? 0) + 300);
  expect(during[1]).toBe((before[1] ?? 0) + 1500 + 1);
  for (const authorization of known) expect(await instance.status(authorization)).toBe(200);
  expect([instance.stsCalls(), instance.identityReads()]).toEqual(during);
});

test('a token works five seconds after it was refused', async () => {
  const vault = await aVault();
  const token = newApiToken();
  const instance = anInstance(vault);
  expect(await instance.status(`Bearer ${token}`)).toBe(401);
  vault.issueToken('shop', 'web', token);
  vault.advance(5);
  expect(await instance.status(`Bearer ${token}`)).toBe(200);
});

type Instance = ReturnType<typeof anInstance>;

/** One instance of a function: empty caches before the vault's stores, and counts of what it asks them. */
function anInstance({ ports, request, clock, functions }: MemoryVault) {
  const sts = counted(ports.sts);
  const tokens = counted(ports.apiTokens);
  const roles = counted(ports.trustedRoles);
  const ring = counted(ports.keyRing);
  const rings = cachedRings(ring.port, clock);
  const identity = eitherIdentity(
    apiTokenIdentity(tokens.port, clock),
    awsIdentity({ sts: sts.port, trustedRoles: roles.port, clock }),
  );
  const authorizer = authorize({ identity, rings });
  const call = { requestId: 'a-request', operation: 'encrypt', app: 'shop', bodyText: () => '{"fields":{"a":1}}' };
  const identityReads = () => tokens.count('find') + roles.count('find');
  return {
    stsCalls: () => sts.count('callerArn'),
    identityReads,
    reads: () => identityReads() + ring.count('read'),
    status: async (authorization: string) =>
      (await respond({ ...request, identity, rings }, functions.encrypt, { ...call, authorization })).status,
    authorizes: (authorization: string) =>
      authorizer({
        methodArn: 'arn:aws:execute-api:eu-central-1:111122223333:api/vault/POST/v1/apps/shop/encrypt',
        headers: { Authorization: authorization },
      } as unknown as Parameters<typeof authorizer>[0]).catch(() => undefined),
  };
}

function aVault(): Promise<MemoryVault> {
  return memoryVault({ integrations: { ...INTEGRATIONS, desk } });
}

function revokedToken(vault: MemoryVault): string {
  const authorization = vault.authorizationOf('web');
  vault.revoke('web');
  return authorization;
}

function expiredToken(vault: MemoryVault): string {
  const token = newApiToken();
  const authorization = vault.issueToken('shop', 'web', token);
  const hash = hashApiToken(token);
  const grant = vault.grants.get(hash);
  if (grant) vault.grants.set(hash, { ...grant, expiresAtS: vault.nowS() });
  return authorization;
}

async function tokenOfRemovedIntegration(vault: MemoryVault): Promise<string> {
  const authorization = vault.authorizationOf('web');
  const { web: _, ...integrations } = vault.settings.integrations;
  await storeSettings(vault.keyRing, { ...vault.settings, integrations });
  return authorization;
}

async function tokenOfRetiredApp(vault: MemoryVault): Promise<string> {
  const authorization = vault.authorizationOf('web');
  await storeSettings(vault.keyRing, { ...vault.settings, state: 'retired' });
  return authorization;
}

function forgedSignature(vault: MemoryVault): string {
  const authorization = vault.signedAs(STRANGER);
  vault.callers.clear();
  return authorization;
}

async function roleOfBefore(vault: MemoryVault): Promise<string> {
  await storeSettings(vault.keyRing, { ...vault.settings, integrations: INTEGRATIONS });
  return vault.signedAs(sessionOf(ROLE));
}
