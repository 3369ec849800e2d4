// The authorizer's policy for AWS roles: exactly the routes of every app that confirms the role.

import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authorize } from '../../../../lambda/gateway/authorize.ts';
import { DaykeyError } from '../../../../vault/domain/errors.ts';
import { INTEGRATION_KINDS, type Integration } from '../../../../vault/domain/settings.ts';
import { may } from '../../../../vault/domain/trust.ts';
import { authenticate } from '../../../../vault/usecases/identity/authenticate.ts';
import { cachedRings } from '../../../../vault/usecases/rings.ts';
import { OPERATIONS } from '../../../../wire/operations.ts';
import { sessionOf } from '../../../support/aws-callers.ts';
import { INTEGRATIONS, type MemoryVault, type MemoryVaultOptions, memoryVault } from '../../../support/memory-vault.ts';

const ROLE = '111122223333/desk-agent';
const ARN = sessionOf(ROLE);
const STRANGER = sessionOf('111122223333/stranger');
const API = 'arn:aws:execute-api:eu-central-1:111122223333:abc123';

const aVault = (options: MemoryVaultOptions = {}) =>
  memoryVault({ integrations: { desk: { ...INTEGRATIONS.desk, roles: [ROLE] } }, ...options });

describe('the policy', () => {
  test('for a role allows exactly the routes of every app that confirms it', async () => {
    const apps = fc.uniqueArray(fc.constantFrom('shop', 'bank', 'clinic', 'gym'), { minLength: 0 });
    const trusts = fc.array(
      fc.record({
        kind: fc.constantFrom(...INTEGRATION_KINDS),
        processSensitive: fc.boolean(),
        /** Whether the app still lists the role, or only a leftover row does. */
        confirmed: fc.boolean(),
      }),
      { minLength: 4, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(apps, trusts, async (names, each) => {
        const settings = new Map(
          names.map((app, index) => {
            const { kind, processSensitive, confirmed } = each[index] ?? {
              kind: 'other',
              processSensitive: false,
              confirmed: false,
            };
            return [app, { kind, processSensitive, roles: confirmed ? [ROLE] : [] }] as const;
          }),
        );
        const deps = vaultOf(settings);
        const { policyDocument } = await policyOf(deps, 'signed');
        const expected = [...settings].flatMap(([app, trust]) =>
          OPERATIONS.filter((operation) => trust.roles.length > 0 && may(trust, operation)).map(
            (operation) => `${API}/vault/POST/v1/apps/${app}/${operation}`,
          ),
        );
        const [statement] = policyDocument.Statement as { Effect: string; Resource: unknown }[];
        expect(statement).toMatchObject(
          expected.length > 0
            ? { Effect: 'Allow', Resource: expected }
            : { Effect: 'Deny', Resource: `${API}/vault/*` },
        );
        // And the functions, which look for themselves, come to the same answer on every route.
        for (const app of ['shop', 'bank', 'clinic', 'gym']) {
          for (const operation of OPERATIONS) {
            const isLetIn = await authenticate(deps, 'signed', app, operation).then(
              () => true,
              () => false,
            );
            expect(isLetIn).toBe(expected.includes(`${API}/vault/POST/v1/apps/${app}/${operation}`));
          }
        }
      }),
    );
  });

  test('for a role that no app trusts denies everything', async () => {
    const vault = await aVault();
    expect(await policyOf(vault, vault.signedAs(STRANGER))).toEqual({
      principalId: 'untrusted',
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Deny', Action: 'execute-api:Invoke', Resource: `${API}/vault/*` }],
      },
    });
  });

  test('names every integration that the role may act as', async () => {
    const vault = await aVault();
    await vault.addApp('bank');
    expect((await policyOf(vault, vault.signedAs(ARN))).principalId).toBe('shop/desk bank/desk');
  });

  test.each([
    ['a user', 'arn:aws:iam::111122223333:user/desk-agent', 0],
    ['a stale signature', ARN, 361],
  ])("throws 'Unauthorized' for %s", async (_, arn, agoS) => {
    const vault = await aVault();
    await expect(policyOf(vault, vault.signedAs(arn, agoS))).rejects.toThrow(/^Unauthorized$/);
  });
});

describe('STS that', () => {
  test('cannot be asked is another error than Unauthorized, which API Gateway would turn into a 401', async () => {
    const lost = new DaykeyError('unavailable', 'cannot ask STS now');
    const vault = await aVault({
      before: { sts: (real) => ({ ...real, callerArn: () => Promise.reject(lost) }) },
    });
    await expect(policyOf(vault, vault.signedAs(ARN))).rejects.toBe(lost);
  });

  test('refuses the signature makes it throw Unauthorized', async () => {
    const vault = await aVault({ before: { sts: (real) => ({ ...real, callerArn: async () => undefined }) } });
    await expect(policyOf(vault, vault.signedAs(ARN))).rejects.toThrow(/^Unauthorized$/);
  });
});

/** What authenticates, where every app has one integration and the role has a row in each. */
function vaultOf(settings: ReadonlyMap<string, Integration>): Pick<MemoryVault, 'identity' | 'rings'> {
  const verify = async () =>
    [...settings.keys()].map((app) => ({
      app,
      integration: 'it',
      generation: 'g1',
      role: ROLE,
      credential: `role/${ROLE}/a-session`,
    }));
  const read = async (app: string) => {
    const it = settings.get(app);
    const life = { cycleS: 1, leadS: 1, graceS: 1, maxTtlS: 1, marginS: 1 };
    return (
      it && {
        settings: { app, life, defaultTtlS: 1, integrations: { it }, state: 'live' as const },
        generations: { it: 'g1' },
        slots: [],
      }
    );
  };
  return { identity: { verify }, rings: cachedRings({ read }, () => 0) };
}

function policyOf({ identity, rings }: Pick<MemoryVault, 'identity' | 'rings'>, authorization: string) {
  const methodArn = `${API}/vault/POST/v1/apps/shop/encrypt`;
  const headers = { Authorization: authorization };
  return authorize({ identity, rings })({
    type: 'REQUEST',
    methodArn,
    headers,
  } as unknown as APIGatewayRequestAuthorizerEvent);
}
