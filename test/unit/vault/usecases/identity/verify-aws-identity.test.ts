// Callers that are AWS roles: whom STS vouches for, which of their grants the settings confirm, and how soon changes count.

import { describe, expect, test } from 'vitest';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import type { Integration } from '../../../../../vault/domain/settings.ts';
import type { StsIdentity } from '../../../../../vault/ports/sts-identity.ts';
import type { RoleGrant } from '../../../../../vault/ports/trusted-roles.ts';
import { sessionOf } from '../../../../support/aws-callers.ts';
import { type Counted, counted } from '../../../../support/counting.ts';
import { type MemoryVault, type MemoryVaultOptions, memoryVault } from '../../../../support/memory-vault.ts';
import { storeSettings } from '../../../../support/store-settings.ts';

const ROLE = '111122223333/desk-agent';
const ARN = sessionOf(ROLE);
const STRANGER = sessionOf('111122223333/stranger');
const UNAUTHENTICATED = { status: 401, body: { code: 'unauthenticated' } };
const FORBIDDEN = { status: 403, body: { code: 'forbidden' } };
const body = { fields: { a: 1 } };

const trusting = (kind: Integration['kind'], roles: readonly string[] = [ROLE]): Integration => ({
  kind,
  processSensitive: false,
  roles,
});
const INTEGRATIONS = { web: trusting('messaging', []), desk: trusting('customer-support'), lab: trusting('other', []) };

const aVault = (options: MemoryVaultOptions = {}) => memoryVault({ integrations: INTEGRATIONS, ...options });

/** The status of encrypt with this header. */
async function statusOf(vault: MemoryVault, authorization: string, app = 'shop'): Promise<number> {
  return (await vault.send({ app, operation: 'encrypt', authorization, body })).status;
}

describe('a role that an integration trusts', () => {
  test('seals and opens, whatever its session is called', async () => {
    const vault = await aVault();
    const { refs } = await vault.encrypt('web', { a: 'x' });
    for (const session of ['i-0abc', 'ann@example.org']) {
      const authorization = vault.signedAs(sessionOf(ROLE, session));
      const parts = { operation: 'decrypt', authorization, body: { refs } } as const;
      const opened = { values: { a: { status: 'ok', value: 'x' } } };
      expect(await vault.send(parts)).toMatchObject({ status: 200, body: opened });
    }
  });

  test('may do what its integration may, and no more', async () => {
    const vault = await aVault({ integrations: { lab: trusting('other') } });
    const authorization = vault.signedAs(ARN);
    expect(await statusOf(vault, authorization)).toBe(200);
    const parts = { operation: 'decrypt', authorization, body: { refs: { a: 'x' } } } as const;
    expect(await vault.send(parts)).toMatchObject(FORBIDDEN);
  });

  test('is let into each app that trusts it, and into no other', async () => {
    const vault = await aVault();
    await vault.addApp('bank');
    await storeSettings(vault.keyRing, {
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

describe('a caller whom STS vouches for and no integration trusts', () => {
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
    await storeSettings(vault.keyRing, { ...vault.settings, state: 'retired' });
    vault.advance(60);
    expect(await statusOf(vault, vault.signedAs(ARN))).toBe(403);
  });

  test.each([
    ['names an integration that does not list the role', 'lab'],
    ['names an integration that does not exist', 'nobody'],
    ['names a member of every object', 'constructor'],
  ])('gains nothing from a row that %s', async (_, integration) => {
    const rows: RoleGrant[] = [];
    const vault = await aVault({ before: { trustedRoles: () => ({ find: async () => rows }) } });
    const { generations } = await vault.ring();
    rows.push({ app: 'shop', integration, generation: String(generations[integration]) });
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

  test('that is stale, or no signature at all, causes no call to STS', async () => {
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

  test('that STS cannot be asked about now is a 503, and is asked about again the next time', async () => {
    let isBroken = true;
    const lost = new DaykeyError('unavailable', 'cannot ask STS now', { retryAfterSeconds: 1 });
    const vault = await aVault({
      before: {
        sts: (real) => ({ ...real, callerArn: (of) => (isBroken ? Promise.reject(lost) : real.callerArn(of)) }),
      },
    });
    const authorization = vault.signedAs(ARN);
    const request = { operation: 'encrypt', authorization, body };
    expect(await vault.send(request)).toMatchObject({ status: 503, headers: { 'Retry-After': '1' } });
    isBroken = false;
    expect(await statusOf(vault, authorization)).toBe(200);
  });

  test('that STS refuses is a 401', async () => {
    const vault = await aVault({ before: { sts: (real) => ({ ...real, callerArn: async () => undefined }) } });
    const answer = await vault.send({ operation: 'encrypt', authorization: vault.signedAs(ARN), body });
    expect(answer).toMatchObject(UNAUTHENTICATED);
  });
});

describe('trust', () => {
  test('that is turned off ends within 60 seconds, whatever is remembered', async () => {
    const vault = await aVault();
    const authorization = () => vault.signedAs(ARN);
    expect(await statusOf(vault, authorization())).toBe(200);
    await storeSettings(vault.keyRing, {
      ...vault.settings,
      integrations: { ...INTEGRATIONS, desk: trusting('messaging', []) },
    });
    vault.advance(60);
    expect(await statusOf(vault, authorization())).toBe(403);
  });

  test('that is turned off ends within 60 seconds even for a row that was left over', async () => {
    const left = new Map<string, RoleGrant[]>();
    const find = async (role: string) => left.get(role) ?? [];
    const vault = await aVault({ before: { trustedRoles: () => ({ find }) } });
    const { generations } = await vault.ring();
    left.set(ROLE, [{ app: 'shop', integration: 'desk', generation: generations.desk ?? '' }]);
    const authorization = vault.signedAs(ARN);
    expect(await statusOf(vault, authorization)).toBe(200);
    await storeSettings(vault.keyRing, {
      ...vault.settings,
      integrations: { ...INTEGRATIONS, desk: trusting('messaging', []) },
    });
    vault.advance(60);
    expect(await statusOf(vault, authorization)).toBe(403);
  });

  test('that is turned on begins within five seconds', async () => {
    const vault = await aVault();
    const authorization = vault.signedAs(STRANGER);
    expect(await statusOf(vault, authorization)).toBe(403);
    const desk = trusting('customer-support', [ROLE, '111122223333/stranger']);
    await storeSettings(vault.keyRing, { ...vault.settings, integrations: { ...INTEGRATIONS, desk } });
    vault.advance(5);
    expect(await statusOf(vault, authorization)).toBe(200);
  });
});

async function countingSts(): Promise<{ vault: MemoryVault; sts: Counted<StsIdentity> }> {
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
