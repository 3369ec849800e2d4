// Who is let in: one valid header, which the function itself verifies.

import { describe, expect, test } from 'vitest';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import type { Integration } from '../../../../../vault/domain/settings.ts';
import { may } from '../../../../../vault/domain/trust.ts';
import type { ApiTokens } from '../../../../../vault/ports/api-tokens.ts';
import type { KeyRing } from '../../../../../vault/ports/key-ring.ts';
import { authenticate } from '../../../../../vault/usecases/identity/authenticate.ts';
import { MAX_AUTHORIZATION_BYTES } from '../../../../../wire/limits.ts';
import { OPERATIONS } from '../../../../../wire/operations.ts';
import { type Counted, counted } from '../../../../support/counting.ts';
import { INTEGRATIONS, type MemoryVault, memoryVault } from '../../../../support/memory-vault.ts';
import { bodiesWith } from '../../../../support/requests.ts';
import { storeSettings } from '../../../../support/store-settings.ts';

const operation = 'encrypt';
const body = { fields: { a: 1 } };
const UNAUTHENTICATED = { status: 401, body: { code: 'unauthenticated' } };

describe('an identity', () => {
  test('a valid header is enough, whatever the case of its name', async () => {
    const vault = await memoryVault();
    const header = vault.authorizationOf('web');
    for (const name of ['Authorization', 'authorization', 'AUTHORIZATION']) {
      expect(await vault.send({ operation, body, headers: { [name]: header } })).toMatchObject({
        status: 200,
      });
    }
  });

  test.each<[what: string, header: (valid: string) => string | undefined]>([
    ['none', () => undefined],
    ['an empty one', () => ''],
    ['another scheme', (valid) => valid.replace('Bearer', 'Basic')],
    ['a token alone', (valid) => valid.slice('Bearer '.length)],
    ['a space more', (valid) => valid.replace(' ', '  ')],
    ['something after the token', (valid) => `${valid} x`],
    ['a second token', (valid) => `${valid}, ${valid}`],
    ['a token that was never issued', () => `Bearer dkt_${'A'.repeat(43)}`],
    ['a token of another case', (valid) => `Bearer ${valid.slice('Bearer '.length).toUpperCase()}`],
    ['a header over 8 KB', (valid) => valid + ' '.repeat(8 * 1024)],
  ])('a header that is %s is a 401', async (_, header) => {
    const vault = await memoryVault();
    const authorization = header(vault.authorizationOf('web'));
    expect(await vault.send({ operation, authorization, body })).toMatchObject({
      ...UNAUTHENTICATED,
      headers: { 'WWW-Authenticate': 'Bearer, Daykey-Aws' },
    });
  });

  test('a header is looked at up to 8 KB', async () => {
    const { rings } = await memoryVault();
    const looked: number[] = [];
    const verify = async (authorization: string) => {
      looked.push(authorization.length);
      return undefined;
    };
    for (const length of [MAX_AUTHORIZATION_BYTES, MAX_AUTHORIZATION_BYTES + 1]) {
      const asked = authenticate({ identity: { verify }, rings }, 'x'.repeat(length), 'shop', operation);
      await expect(asked).rejects.toMatchObject({ code: 'unauthenticated' });
    }
    expect(looked).toEqual([8192]);
  });

  test("another app's path is a 403", async () => {
    const vault = await memoryVault();
    await vault.addApp('bank');
    const authorization = vault.authorizationOf('web');
    for (const app of ['bank', 'shop ', 'SHOP', '', '*', 'shop/../bank', 'nobody']) {
      const answer = await vault.send({ app, operation, authorization, body });
      expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    }
  });

  test("another app's ref is an unknown one", async () => {
    const vault = await memoryVault();
    await vault.addApp('bank');
    const { refs } = await vault.encrypt('web', { a: 1 });
    const authorization = vault.authorizationOf('web', 'bank');
    const answer = await vault.send({ app: 'bank', operation: 'decrypt', authorization, body: { refs } });
    expect(answer.body).toEqual({ values: { a: { status: 'redacted', value: '★★★★★' } } });
  });
});

describe('every kind of integration', () => {
  const bodies = bodiesWith({ a: 'x' });

  test.each(
    Object.entries(INTEGRATIONS).flatMap(([name, trust]) => OPERATIONS.map((asked) => [name, asked, trust] as const)),
  )('%s may %s exactly when the table says so', async (name, asked, trust) => {
    const vault = await memoryVault();
    const status = may(trust, asked) ? 200 : 403;
    expect((await vault.call(name, asked, bodies[asked])).status).toBe(status);
  });
});

describe('a grant', () => {
  test.each(['__proto__', 'constructor', 'toString', 'nobody', ''])(
    'of the integration %j, which the app does not have, is a 401',
    async (integration) => {
      const vault = await memoryVault();
      expect(await vault.call(integration, operation, body)).toMatchObject(UNAUTHENTICATED);
    },
  );

  test('that is revoked ends within 60 s', async () => {
    const vault = await memoryVault();
    const authorization = vault.authorizationOf('web');
    const request = { operation, authorization, body };
    expect(await vault.send(request)).toMatchObject({ status: 200 });
    vault.revoke('web');
    vault.advance(60);
    expect(await vault.send(request)).toMatchObject(UNAUTHENTICATED);
  });

  test('of an integration that the settings no longer have ends within 60 s', async () => {
    const vault = await memoryVault();
    expect(await vault.call('web', operation, body)).toMatchObject({ status: 200 });
    const { web: _, ...integrations } = vault.settings.integrations;
    await storeSettings(vault.keyRing, { ...vault.settings, integrations });
    vault.advance(59);
    expect(await vault.call('web', operation, body)).toMatchObject({ status: 200 });
    vault.advance(1);
    expect(await vault.call('web', operation, body)).toMatchObject(UNAUTHENTICATED);
    expect(await vault.call('desk', operation, body)).toMatchObject({ status: 200 });
  });

  test('that is less trusted from now on is so within 60 s', async () => {
    const vault = await memoryVault();
    const { refs } = await vault.encrypt('web', { a: 1 });
    await vault.decrypt('audit', refs);
    const audit = { kind: 'other', processSensitive: false, roles: [] } as const;
    const integrations = { ...vault.settings.integrations, audit };
    await storeSettings(vault.keyRing, { ...vault.settings, integrations });
    vault.advance(60);
    expect(await vault.call('audit', 'decrypt', { refs })).toMatchObject({ status: 403 });
  });

  test('of a retired app is a 401 within 60 s', async () => {
    const vault = await memoryVault();
    await vault.call('web', operation, body);
    await storeSettings(vault.keyRing, { ...vault.settings, state: 'retired' });
    vault.advance(60);
    expect(await vault.call('web', operation, body)).toMatchObject(UNAUTHENTICATED);
  });

  test('that has expired ends at once, whatever is remembered', async () => {
    const vault = await memoryVault({ before: { apiTokens: () => ({ find: async () => grant }) } });
    const { generations } = await vault.ring();
    const generation = generations.web ?? '';
    const grant = { app: 'shop', integration: 'web', generation, expiresAtS: vault.nowS() + 10 };
    vault.advance(9);
    expect(await vault.call('web', operation, body)).toMatchObject({ status: 200 });
    vault.advance(1);
    expect(await vault.call('web', operation, body)).toMatchObject(UNAUTHENTICATED);
  });

  test('is looked up once a minute, not with every request', async () => {
    const { vault, tokens } = await countingTokens();
    for (let call = 0; call < 5; call += 1) await vault.call('web', operation, body);
    expect(tokens.count('find')).toBe(1);
    vault.advance(60);
    await vault.call('web', operation, body);
    expect(tokens.count('find')).toBe(2);
  });

  test('that cannot be looked up now is a 503, and is looked up again the next time', async () => {
    let isBroken = true;
    const lost = new DaykeyError('unavailable', 'cannot look up an API token now', { retryAfterSeconds: 1 });
    const vault = await memoryVault({
      before: { apiTokens: (real) => ({ find: (hash) => (isBroken ? Promise.reject(lost) : real.find(hash)) }) },
    });
    expect(await vault.call('web', operation, body)).toMatchObject({ status: 503, headers: { 'Retry-After': '1' } });
    isBroken = false;
    expect(await vault.call('web', operation, body)).toMatchObject({ status: 200 });
  });
});

describe('a token of an integration that was removed and set up again', () => {
  const other: Integration = { kind: 'other', processSensitive: false, roles: [] };
  const cases: [what: string, again: Integration, before: Integration][] = [
    ['with another kind', INTEGRATIONS.desk, other],
    ['with a lower kind', other, INTEGRATIONS.desk],
    ['with plaintext', { ...other, processSensitive: true }, other],
    ['with roles', { ...INTEGRATIONS.desk, roles: ['111122223333/desk'] }, INTEGRATIONS.desk],
  ];

  test.each(cases)('is a 401: %s', async (_, again, before) => {
    const vault = await memoryVault({ integrations: { web: INTEGRATIONS.web, desk: before } });
    const { refs } = await vault.encrypt('web', { a: 1 });
    expect((await vault.call('desk', 'encrypt', body)).status).toBe(200);
    await storeSettings(vault.keyRing, { ...vault.settings, integrations: { web: INTEGRATIONS.web } });
    await storeSettings(vault.keyRing, { ...vault.settings, integrations: { web: INTEGRATIONS.web, desk: again } });
    vault.advance(60);
    for (const [asked, sent] of [
      ['encrypt', body],
      ['decrypt', { refs }],
      ['outgoing', { entry: {} }],
    ] as const) {
      expect(await vault.call('desk', asked, sent)).toMatchObject(UNAUTHENTICATED);
    }
    const authorization = vault.issueToken('shop', 'desk');
    expect((await vault.send({ operation: 'encrypt', authorization, body })).status).toBe(200);
  });

  test('is a 401 when the whole app was retired and set up again', async () => {
    const vault = await memoryVault();
    const authorization = vault.authorizationOf('web');
    await vault.retire('shop');
    await vault.setUp(vault.settings);
    vault.advance(60);
    expect(await vault.send({ operation, authorization, body })).toMatchObject(UNAUTHENTICATED);
  });

  test('works on when the update is rolled back', async () => {
    const vault = await memoryVault();
    const { web: _, ...integrations } = vault.settings.integrations;
    vault.authorizationOf('web');
    await storeSettings(vault.keyRing, { ...vault.settings, integrations });
    await storeSettings(vault.keyRing, vault.settings);
    vault.advance(60);
    expect((await vault.call('web', operation, body)).status).toBe(200);
  });

  test('is a 401 in the other functions too, which remember the integration as it was', async () => {
    const vault = await memoryVault();
    vault.authorizationOf('desk');
    await vault.call('web', operation, body);
    const { desk, ...integrations } = vault.settings.integrations;
    await storeSettings(vault.keyRing, { ...vault.settings, integrations });
    vault.advance(60);
    await vault.call('web', operation, body);
    await storeSettings(vault.keyRing, {
      ...vault.settings,
      integrations: { ...integrations, desk: { kind: 'messaging', processSensitive: false, roles: desk?.roles ?? [] } },
    });
    vault.advance(5);
    expect(await vault.call('desk', operation, body)).toMatchObject(UNAUTHENTICATED);
  });
});

describe('settings that do not confirm a caller', () => {
  test('are read again, so that a token of a new integration works at once', async () => {
    const vault = await memoryVault();
    await vault.call('web', operation, body);
    const shop: Integration = { kind: 'messaging', processSensitive: false, roles: [] };
    const integrations = { ...vault.settings.integrations, shop };
    vault.advance(5);
    await storeSettings(vault.keyRing, { ...vault.settings, integrations });
    expect((await vault.call('shop', operation, body)).status).toBe(200);
  });

  test('are read again once in five seconds, however many callers they refuse', async () => {
    let ring: Counted<KeyRing> | undefined;
    const count = (real: KeyRing) => {
      ring = counted(real);
      return ring.port;
    };
    const vault = await memoryVault({ before: { keyRing: count } });
    const callers = Array.from({ length: 20 }, (_, number) => vault.issueToken('shop', `removed-${number}`));
    const ask = () => Promise.all(callers.map((authorization) => vault.send({ operation, authorization, body })));
    await vault.call('web', operation, body);
    expect(ring?.count('read')).toBe(1);
    vault.advance(5);
    for (const { status } of await ask()) expect(status).toBe(401);
    vault.advance(4);
    await ask();
    expect(ring?.count('read')).toBe(2);
    vault.advance(1);
    await ask();
    expect(ring?.count('read')).toBe(3);
  });
});

async function countingTokens(): Promise<{ vault: MemoryVault; tokens: Counted<ApiTokens> }> {
  let tokens: Counted<ApiTokens> | undefined;
  const vault = await memoryVault({
    before: {
      apiTokens: (real) => {
        const counter = counted(real);
        tokens = counter;
        return counter.port;
      },
    },
  });
  if (!tokens) throw new Error('nothing is counted');
  return { vault, tokens };
}
