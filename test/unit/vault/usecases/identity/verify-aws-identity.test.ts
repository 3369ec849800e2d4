// Callers that are AWS roles: whom STS vouches for, which of their grants the settings confirm, and how soon changes count.

import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authorize } from '../../../../../lambda/gateway/authorize.ts';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import { INTEGRATION_KINDS, type Integration } from '../../../../../vault/domain/settings.ts';
import { may } from '../../../../../vault/domain/trust.ts';
import type { StsIdentity } from '../../../../../vault/ports/sts-identity.ts';
import { authenticate } from '../../../../../vault/usecases/identity/authenticate.ts';
import { rememberedRings } from '../../../../../vault/usecases/rings.ts';
import { OPERATIONS } from '../../../../../wire/operations.ts';
import { sessionOf } from '../../../../support/aws-callers.ts';
import { type Counted, counted } from '../../../../support/counting.ts';
import { type LambdaVault, lambdaVault } from '../../../../support/lambda-vault.ts';
import type { MemoryVaultOptions } from '../../../../support/memory-vault.ts';
import { directEvent, restEvent } from '../../../../support/requests.ts';

const ROLE = '111122223333/desk-agent';
const ARN = sessionOf(ROLE);
const STRANGER = sessionOf('111122223333/stranger');
const API = 'arn:aws:execute-api:eu-central-1:111122223333:abc123';
const UNAUTHENTICATED = { status: 401, body: { code: 'unauthenticated' } };
const FORBIDDEN = { status: 403, body: { code: 'forbidden' } };
const body = { fields: { a: 1 } };

const trusting = (kind: Integration['kind'], roles: readonly string[] = [ROLE]): Integration => ({
  kind,
  processSensitive: false,
  roles,
});
const INTEGRATIONS = { web: trusting('messaging', []), desk: trusting('customer-support'), lab: trusting('other', []) };

const aVault = (options: MemoryVaultOptions = {}) => lambdaVault({ integrations: INTEGRATIONS, ...options });

/** The status of encrypt with this header, the same over REST and directly. */
async function statusOf(vault: LambdaVault, authorization: string, app = 'shop'): Promise<number> {
  const parts = { app, operation: 'encrypt', authorization, body } as const;
  const { status, body: answer } = await vault.rest('encrypt', restEvent(parts));
  const direct = await vault.direct('encrypt', directEvent(parts));
  expect(direct.status).toBe(status);
  if (status !== 200) expect(direct.body).toEqual(answer);
  return status;
}

function policyOf({ identity, rings }: Pick<LambdaVault, 'identity' | 'rings'>, authorization: string) {
  const methodArn = `${API}/vault/POST/v1/apps/shop/encrypt`;
  const headers = { Authorization: authorization };
  return authorize({ identity, rings })({
    type: 'REQUEST',
    methodArn,
    headers,
  } as unknown as APIGatewayRequestAuthorizerEvent);
}

describe('a role that an integration trusts', () => {
  test('seals and opens, over REST and directly, whatever its session is called', async () => {
    const vault = await aVault();
    const { refs } = await vault.encrypt('web', { a: 'x' });
    for (const session of ['i-0abc', 'ann@example.org']) {
      const authorization = vault.signedAs(sessionOf(ROLE, session));
      const parts = { operation: 'decrypt', authorization, body: { refs } } as const;
      const opened = { values: { a: { status: 'ok', value: 'x' } } };
      expect(await vault.rest('decrypt', restEvent(parts))).toMatchObject({ status: 200, body: opened });
      expect(await vault.direct('decrypt', directEvent(parts))).toMatchObject({ status: 200, body: opened });
    }
  });

  test('may do what its integration may, and no more', async () => {
    const vault = await aVault({ integrations: { lab: trusting('other') } });
    const authorization = vault.signedAs(ARN);
    expect(await statusOf(vault, authorization)).toBe(200);
    const parts = { operation: 'decrypt', authorization, body: { refs: { a: 'x' } } } as const;
    expect(await vault.rest('decrypt', restEvent(parts))).toMatchObject(FORBIDDEN);
    expect(await vault.direct('decrypt', directEvent(parts))).toMatchObject(FORBIDDEN);
  });

  test('is let into each app that trusts it, and into no other', async () => {
    const vault = await aVault();
    await vault.addApp('bank');
    await vault.keyRing.configure({
      ...vault.settings,
      app: 'clinic',
      integrations: { desk: trusting('messaging', []) },
    });
    const authorization = vault.signedAs(ARN);
    expect(await statusOf(vault, authorization)).toBe(200);
    expect(await statusOf(vault, authorization, 'bank')).toBe(200);
    for (const app of ['clinic', 'nowhere', '', 'SHOP', `role#${ROLE}`]) {
      expect(await statusOf(vault, authorization, app)).toBe(403);
    }
  });
});

describe('a caller whom STS vouches for and nobody trusts', () => {
  test.each([
    ['another role', STRANGER],
    ['a role of the same name in another account', sessionOf('444455556666/desk-agent')],
    ['a role whose name begins alike', sessionOf(`${ROLE}s`)],
    ['the same name in other letters', sessionOf(ROLE.toUpperCase())],
  ])('is answered 403: %s', async (_, arn) => {
    const vault = await aVault();
    expect(await statusOf(vault, vault.signedAs(arn))).toBe(403);
  });

  test.each([
    ['a user', 'arn:aws:iam::111122223333:user/desk-agent'],
    ['the root of an account', 'arn:aws:iam::111122223333:root'],
    ['a federated user', 'arn:aws:sts::111122223333:federated-user/desk-agent'],
  ])('is answered 401 when it is no role: %s', async (_, arn) => {
    const vault = await aVault();
    expect(await statusOf(vault, vault.signedAs(arn))).toBe(401);
  });

  test('is answered 403 when its app has retired', async () => {
    const vault = await aVault();
    await vault.keyRing.configure({ ...vault.settings, retired: true });
    vault.advance(60);
    expect(await statusOf(vault, vault.signedAs(ARN))).toBe(403);
  });

  test.each([
    ['names an integration that does not list the role', 'lab'],
    ['names an integration that does not exist', 'nobody'],
    ['names a member of every object', 'constructor'],
  ])('gains nothing from a row that %s', async (_, integration) => {
    const find = async (role: string) => [{ app: 'shop', integration, role }];
    const vault = await aVault({ before: { trustedRoles: () => ({ find }) } });
    expect(await statusOf(vault, vault.signedAs(STRANGER))).toBe(403);
  });
});

describe('a signature', () => {
  test.each([
    [361, 401],
    [360, 200],
    [0, 200],
    [-60, 200],
    [-61, 401],
  ])('of %i seconds ago is answered %i', async (agoS, status) => {
    const vault = await aVault();
    expect(await statusOf(vault, vault.signedAs(ARN, agoS))).toBe(status);
  });

  test('that is stale, or no signature at all, has nobody asked', async () => {
    const { vault, sts } = await countingSts();
    for (const header of [vault.signedAs(ARN, 361), vault.signedAs(ARN, -61), 'Daykey-Aws e30', 'Daykey-Aws']) {
      expect(await statusOf(vault, header)).toBe(401);
    }
    expect(sts.count('callerArn')).toBe(0);
  });

  test('that was remembered ends with its six minutes all the same', async () => {
    const vault = await aVault();
    const authorization = vault.signedAs(ARN, 330);
    expect(await statusOf(vault, authorization)).toBe(200);
    vault.advance(31);
    expect(await statusOf(vault, authorization)).toBe(401);
  });

  test('costs one call of STS in 60 seconds, however often it is used', async () => {
    const { vault, sts } = await countingSts();
    const authorization = vault.signedAs(ARN);
    for (let call = 0; call < 5; call += 1) await statusOf(vault, authorization);
    vault.advance(59);
    await Promise.all([statusOf(vault, authorization), statusOf(vault, authorization)]);
    expect(sts.count('callerArn')).toBe(1);
    vault.advance(1);
    await statusOf(vault, authorization);
    expect(sts.count('callerArn')).toBe(2);
  });

  test('that STS cannot be asked about now is a 503, and asked about anew the next time', async () => {
    let isBroken = true;
    const lost = new DaykeyError('unavailable', 'cannot ask STS now', { retryAfterSeconds: 1 });
    const vault = await aVault({
      before: {
        sts: (real) => ({ ...real, callerArn: (of) => (isBroken ? Promise.reject(lost) : real.callerArn(of)) }),
      },
    });
    const authorization = vault.signedAs(ARN);
    const event = restEvent({ operation: 'encrypt', authorization, body });
    expect(await vault.rest('encrypt', event)).toMatchObject({ status: 503, headers: { 'Retry-After': '1' } });
    await expect(policyOf(vault, authorization)).rejects.toBe(lost);
    isBroken = false;
    expect(await statusOf(vault, authorization)).toBe(200);
  });

  test('that STS refuses is a 401', async () => {
    const vault = await aVault({ before: { sts: (real) => ({ ...real, callerArn: async () => undefined }) } });
    const answer = await vault.rest(
      'encrypt',
      restEvent({ operation: 'encrypt', authorization: vault.signedAs(ARN), body }),
    );
    expect(answer).toMatchObject(UNAUTHENTICATED);
    await expect(policyOf(vault, vault.signedAs(ARN))).rejects.toThrow(/^Unauthorized$/);
  });
});

describe('trust', () => {
  test('that is turned off ends within 60 seconds, whatever is remembered', async () => {
    const vault = await aVault();
    const authorization = () => vault.signedAs(ARN);
    expect(await statusOf(vault, authorization())).toBe(200);
    await vault.keyRing.configure({
      ...vault.settings,
      integrations: { ...INTEGRATIONS, desk: trusting('messaging', []) },
    });
    vault.advance(60);
    expect(await statusOf(vault, authorization())).toBe(403);
  });

  test('that is turned off ends within 60 seconds even for a row that was left over', async () => {
    const find = async (role: string) => [{ app: 'shop', integration: 'desk', role }];
    const vault = await aVault({ before: { trustedRoles: () => ({ find }) } });
    const authorization = vault.signedAs(ARN);
    expect(await statusOf(vault, authorization)).toBe(200);
    await vault.keyRing.configure({
      ...vault.settings,
      integrations: { ...INTEGRATIONS, desk: trusting('messaging', []) },
    });
    vault.advance(60);
    expect(await statusOf(vault, authorization)).toBe(403);
  });

  test('that is turned on begins within 60 seconds', async () => {
    const vault = await aVault();
    const authorization = vault.signedAs(STRANGER);
    expect(await statusOf(vault, authorization)).toBe(403);
    const desk = trusting('customer-support', [ROLE, '111122223333/stranger']);
    await vault.keyRing.configure({ ...vault.settings, integrations: { ...INTEGRATIONS, desk } });
    vault.advance(60);
    expect(await statusOf(vault, authorization)).toBe(200);
  });
});

describe("the authorizer's policy", () => {
  test('for a role allows exactly the routes of every app that confirms it', async () => {
    const apps = fc.uniqueArray(fc.constantFrom('shop', 'bank', 'clinic', 'gym'), { minLength: 0 });
    const trusts = fc.array(
      fc.record({
        kind: fc.constantFrom(...INTEGRATION_KINDS),
        processSensitive: fc.boolean(),
        /** Whether the app lists the role still, or only a row that was left over does. */
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

  test('for a role that nobody trusts denies everything', async () => {
    const vault = await aVault();
    expect(await policyOf(vault, vault.signedAs(STRANGER))).toEqual({
      principalId: 'nobody',
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Deny', Action: 'execute-api:Invoke', Resource: `${API}/vault/*` }],
      },
    });
  });

  test('names every integration that the role speaks for', async () => {
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

/** What authenticates, where every app has one integration and the role has a row in each. */
function vaultOf(settings: ReadonlyMap<string, Integration>): Pick<LambdaVault, 'identity' | 'rings'> {
  const verify = async () => [...settings.keys()].map((app) => ({ app, integration: 'it', role: ROLE }));
  const read = async (app: string) => {
    const it = settings.get(app);
    const life = { cycleS: 1, leadS: 1, graceS: 1, maxTtlS: 1, marginS: 1 };
    return it && { settings: { app, life, defaultTtlS: 1, integrations: { it }, retired: false }, slots: [] };
  };
  return { identity: { verify }, rings: rememberedRings({ read }, () => 0) };
}

async function countingSts(): Promise<{ vault: LambdaVault; sts: Counted<StsIdentity> }> {
  let sts: Counted<StsIdentity> | undefined;
  const vault = await aVault({
    before: {
      sts: (real) => {
        sts = counted(real);
        return sts.port;
      },
    },
  });
  if (!sts) throw new Error('nothing is counted');
  return { vault, sts };
}
