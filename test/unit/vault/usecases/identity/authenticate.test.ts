// Who is let in, by either way: one valid header, verified by the function itself, whatever an authorizer is said to have found.

import { describe, expect, test } from 'vitest';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import { may } from '../../../../../vault/domain/trust.ts';
import type { ApiTokens } from '../../../../../vault/ports/api-tokens.ts';
import { OPERATIONS } from '../../../../../wire/operations.ts';
import { type Counted, counted } from '../../../../support/counting.ts';
import { anEntry } from '../../../../support/entries.ts';
import { type LambdaVault, lambdaVault } from '../../../../support/lambda-vault.ts';
import { INTEGRATIONS } from '../../../../support/memory-vault.ts';
import { directEvent, restEvent } from '../../../../support/requests.ts';

const operation = 'encrypt';
const body = { fields: { a: 1 } };
const UNAUTHENTICATED = { status: 401, body: { code: 'unauthenticated' } };

describe('over REST', () => {
  test('a valid header is enough, whatever the case of its name', async () => {
    const vault = await lambdaVault();
    const header = vault.authorizationOf('web');
    for (const name of ['Authorization', 'authorization', 'AUTHORIZATION']) {
      expect(await vault.rest(operation, restEvent({ operation, body, headers: { [name]: header } }))).toMatchObject({
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
    ['a token that nobody issued', () => `Bearer dkt_${'A'.repeat(43)}`],
    ['a token of another case', (valid) => `Bearer ${valid.slice('Bearer '.length).toUpperCase()}`],
    ['a header over 8 KB', (valid) => valid + ' '.repeat(8 * 1024)],
  ])('a header that is %s is a 401', async (_, header) => {
    const vault = await lambdaVault();
    const authorization = header(vault.authorizationOf('web'));
    expect(await vault.rest(operation, restEvent({ operation, authorization, body }))).toMatchObject({
      ...UNAUTHENTICATED,
      headers: { 'WWW-Authenticate': 'Bearer, Daykey-Aws' },
    });
  });

  test('two headers are a 401, even when each of them is valid', async () => {
    const vault = await lambdaVault();
    const [one, other] = [vault.authorizationOf('web'), vault.authorizationOf('desk')];
    const event = restEvent({ operation, authorization: one, body });
    const twice = [
      { ...event, multiValueHeaders: { ...event.multiValueHeaders, Authorization: [one, other] } },
      { ...event, multiValueHeaders: { ...event.multiValueHeaders, Authorization: [one, one] } },
      { ...event, multiValueHeaders: { ...event.multiValueHeaders, authorization: [other] } },
      { ...event, multiValueHeaders: { ...event.multiValueHeaders, Authorization: [other] } },
      { ...event, headers: { ...event.headers, authorization: other } },
    ];
    for (const event of twice) expect(await vault.rest(operation, event)).toMatchObject(UNAUTHENTICATED);
  });

  test('a header over 8 KB is not looked at', async () => {
    const { vault, tokens } = await countingTokens();
    const authorization = `Bearer dkt_${'A'.repeat(9000)}`;
    await vault.rest(operation, restEvent({ operation, authorization, body }));
    expect(tokens.count()).toBe(0);
  });

  test('a forged authorizer context lets nobody in', async () => {
    const vault = await lambdaVault();
    const forged = {
      ...restEvent({ operation, body }),
      requestContext: { authorizer: { principalId: 'shop/web', app: 'shop', integration: 'web' } },
    };
    expect(await vault.rest(operation, forged)).toMatchObject(UNAUTHENTICATED);
  });

  test('a forged authorizer context gives nobody more than their header does', async () => {
    const vault = await lambdaVault();
    const authorization = vault.authorizationOf('analytics');
    const forged = {
      ...restEvent({ operation: 'decrypt', authorization, body: { refs: { a: 'x' } } }),
      requestContext: { authorizer: { principalId: 'shop/web', app: 'shop', integration: 'web' } },
    };
    expect(await vault.rest('decrypt', forged)).toMatchObject({ status: 403 });
  });

  test.each<[what: string, event: unknown]>([
    ['without headers and path', { body: '{}' }],
    ['with nothing in it', {}],
    ['with headers of null', { ...restEvent({ operation }), headers: null, multiValueHeaders: null }],
  ])('an event %s is a 401', async (_, event) => {
    const vault = await lambdaVault();
    expect(await vault.rest(operation, event)).toMatchObject(UNAUTHENTICATED);
  });

  test("another app's path is a 403, and a path without an app too", async () => {
    const vault = await lambdaVault();
    await vault.addApp('bank');
    const authorization = vault.authorizationOf('web');
    for (const app of ['bank', 'shop ', 'SHOP', '', '*', 'shop/../bank', 'nobody']) {
      const answer = await vault.rest(operation, restEvent({ app, operation, authorization, body }));
      expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    }
    const event = { ...restEvent({ operation, authorization, body }), pathParameters: null };
    expect(await vault.rest(operation, event)).toMatchObject({ status: 403 });
  });

  test("another app's ref is an unknown one", async () => {
    const vault = await lambdaVault();
    await vault.addApp('bank');
    const { refs } = await vault.encrypt('web', { a: 1 });
    const authorization = vault.authorizationOf('web', 'bank');
    const event = restEvent({ app: 'bank', operation: 'decrypt', authorization, body: { refs } });
    const answer = await vault.rest('decrypt', event);
    expect(answer.body).toEqual({ values: { a: { status: 'redacted', value: '★★★★★' } } });
  });
});

describe('every kind of integration', () => {
  const BODIES = {
    ...{ encrypt: body, decrypt: { refs: { a: 'x' } }, erase: { refs: { a: 'x' } } },
    ...{ incoming: { entry: anEntry() }, outgoing: { entry: { a: 1 } }, explain: { entry: anEntry() } },
  };

  test.each(
    Object.entries(INTEGRATIONS).flatMap(([name, trust]) => OPERATIONS.map((asked) => [name, asked, trust] as const)),
  )('%s may %s exactly when the table says so, over REST and directly', async (name, asked, trust) => {
    const vault = await lambdaVault();
    const status = may(trust, asked) ? 200 : 403;
    expect((await vault.call(name, asked, BODIES[asked])).status).toBe(status);
    expect((await vault.callDirect(name, asked, BODIES[asked])).status).toBe(status);
  });
});

describe('directly', () => {
  test('what is answered is what REST answers, as data', async () => {
    const vault = await lambdaVault();
    const sealed = await vault.callDirect('web', 'encrypt', { fields: { a: { b: [1, '★'] } } });
    expect(sealed).toMatchObject({ status: 200, body: { refs: { a: expect.stringMatching(/^dk1_/) } } });
    const { refs, expiresAt } = sealed.body as { refs: object; expiresAt: string };
    expect(await vault.callDirect('desk', 'decrypt', { refs })).toEqual({
      status: 200,
      body: { values: { a: { status: 'ok', value: { b: [1, '★'] }, expiresAt } } },
    });
  });

  test('a body may be its JSON text', async () => {
    const vault = await lambdaVault();
    expect(await vault.callDirect('web', 'encrypt', JSON.stringify(body))).toMatchObject({ status: 200 });
  });

  // A parser has rounded the number in an object before we see it; in a text we see it.
  test('a number that would change is noticed in the text', async () => {
    const vault = await lambdaVault();
    const answer = await vault.callDirect('web', 'encrypt', '{"fields":{"a":9007199254740993}}');
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-json' } });
  });

  test.each<[what: string, sent: unknown]>([
    ['NaN', { fields: { a: Number.NaN } }],
    ['Infinity', { fields: { a: [Number.POSITIVE_INFINITY] } }],
    ['a bigint', { fields: { a: 1n } }],
    ['a body nested without end', endless()],
    ['half a surrogate pair', { fields: { a: '\ud800' } }],
    ['no body', undefined],
    ['an empty text', ''],
    ['a text that is not JSON', '{'],
  ])('%s is a 400', async (_, sent) => {
    const vault = await lambdaVault();
    const answer = await vault.callDirect('web', 'encrypt', sent);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-json' } });
  });

  test.each<[what: string, sent: unknown]>([
    ['a number', 7],
    ['null', null],
    ['a list', []],
  ])('a body that is %s is a 400', async (_, sent) => {
    const vault = await lambdaVault();
    const answer = await vault.callDirect('web', 'encrypt', sent);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });

  test('a request over 2.75 MB is a 413', async () => {
    const vault = await lambdaVault();
    const answer = await vault.callDirect('web', 'encrypt', { fields: { a: 'x'.repeat(2.75 * 1024 * 1024) } });
    expect(answer).toMatchObject({ status: 413, body: { code: 'too-large' } });
  });

  test('an operation of another function is a 400', async () => {
    const vault = await lambdaVault();
    for (const asked of ['decrypt', 'canary', '', undefined]) {
      const payload = {
        ...directEvent({ operation, authorization: vault.authorizationOf('web'), body }),
        operation: asked,
      };
      expect(await vault.direct(operation, payload)).toMatchObject({
        ...{ status: 400, body: { code: 'invalid-request', paths: ['operation'] } },
      });
    }
  });

  test.each<[what: string, payload: unknown]>([
    ['null', null],
    ['a text', 'encrypt'],
    ['a list', []],
    ['a REST event', restEvent({ operation, body })],
  ])('a payload that is %s is a 401: it does not say who calls', async (_, payload) => {
    const vault = await lambdaVault();
    expect(await vault.direct(operation, payload)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  });

  test.each<[what: string, authorization: unknown]>([
    ['none', undefined],
    ['null', null],
    ['an object', { toString: () => 'Bearer x' }],
    ['a list', ['Bearer x']],
    ['over 8 KB', `Bearer ${'x'.repeat(8192)}`],
  ])('an authorization that is %s is a 401', async (_, authorization) => {
    const vault = await lambdaVault();
    const payload = { ...directEvent({ operation, body }), authorization };
    expect(await vault.direct(operation, payload)).toMatchObject(UNAUTHENTICATED);
  });

  test('an authorizer context in the payload lets nobody in', async () => {
    const vault = await lambdaVault();
    const requestContext = { authorizer: { principalId: 'shop/web' } };
    expect(await vault.direct(operation, { ...directEvent({ operation, body }), requestContext })).toMatchObject(
      UNAUTHENTICATED,
    );
  });

  test('an app that is no text is a 403', async () => {
    const vault = await lambdaVault();
    for (const app of [undefined, null, {}, ['bank']]) {
      const payload = { ...directEvent({ operation, authorization: vault.authorizationOf('web'), body }), app };
      expect(await vault.direct(operation, payload)).toMatchObject({ status: 403 });
    }
  });
});

describe('a grant', () => {
  test.each(['__proto__', 'constructor', 'toString', 'nobody', ''])(
    'of the integration %j, which the app does not have, is a 401',
    async (integration) => {
      const vault = await lambdaVault();
      expect(await vault.call(integration, operation, body)).toMatchObject(UNAUTHENTICATED);
    },
  );

  test('that is revoked ends within 60 s', async () => {
    const vault = await lambdaVault();
    const authorization = vault.authorizationOf('web');
    const event = () => restEvent({ operation, authorization, body });
    expect(await vault.rest(operation, event())).toMatchObject({ status: 200 });
    vault.revoke('web');
    vault.advance(60);
    expect(await vault.rest(operation, event())).toMatchObject(UNAUTHENTICATED);
  });

  test('of an integration that the settings no longer have ends within 60 s', async () => {
    const vault = await lambdaVault();
    expect(await vault.call('web', operation, body)).toMatchObject({ status: 200 });
    const { web: _, ...integrations } = vault.settings.integrations;
    await vault.keyRing.configure({ ...vault.settings, integrations });
    vault.advance(59);
    expect(await vault.call('web', operation, body)).toMatchObject({ status: 200 });
    vault.advance(1);
    expect(await vault.call('web', operation, body)).toMatchObject(UNAUTHENTICATED);
    expect(await vault.call('desk', operation, body)).toMatchObject({ status: 200 });
  });

  test('that is less trusted from now on is so within 60 s', async () => {
    const vault = await lambdaVault();
    const { refs } = await vault.encrypt('web', { a: 1 });
    await vault.decrypt('audit', refs);
    const audit = { kind: 'other', processSensitive: false, roles: [] } as const;
    const integrations = { ...vault.settings.integrations, audit };
    await vault.keyRing.configure({ ...vault.settings, integrations });
    vault.advance(60);
    expect(await vault.call('audit', 'decrypt', { refs })).toMatchObject({ status: 403 });
  });

  test('of a retired app is a 401 within 60 s', async () => {
    const vault = await lambdaVault();
    await vault.call('web', operation, body);
    await vault.keyRing.configure({ ...vault.settings, retired: true });
    vault.advance(60);
    expect(await vault.call('web', operation, body)).toMatchObject(UNAUTHENTICATED);
  });

  test('that has expired ends at once, whatever is remembered', async () => {
    const vault = await lambdaVault({ before: { apiTokens: () => ({ find: async () => grant }) } });
    const grant = { app: 'shop', integration: 'web', expiresAtS: vault.nowS() + 10 };
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

  test('that cannot be looked up now is a 503, and looked up anew the next time', async () => {
    let isBroken = true;
    const lost = new DaykeyError('unavailable', 'cannot look up an API token now', { retryAfterSeconds: 1 });
    const vault = await lambdaVault({
      before: { apiTokens: (real) => ({ find: (hash) => (isBroken ? Promise.reject(lost) : real.find(hash)) }) },
    });
    expect(await vault.call('web', operation, body)).toMatchObject({ status: 503, headers: { 'Retry-After': '1' } });
    isBroken = false;
    expect(await vault.call('web', operation, body)).toMatchObject({ status: 200 });
  });
});

async function countingTokens(): Promise<{ vault: LambdaVault; tokens: Counted<ApiTokens> }> {
  let tokens: Counted<ApiTokens> | undefined;
  const vault = await lambdaVault({
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

/** More lists inside one another than a stack holds. */
function endless(): unknown {
  let list: unknown[] = [];
  for (let depth = 0; depth < 100_000; depth += 1) list = [list];
  return list;
}
