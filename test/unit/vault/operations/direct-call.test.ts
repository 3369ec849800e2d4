// Direct invocations: a payload may hold anything, and no value in it changes silently.

import { expect, test } from 'vitest';
import { callFromDirect } from '../../../../vault/operations/direct-call.ts';
import { respond } from '../../../../vault/operations/respond.ts';
import { FUNCTION_OF, type Operation } from '../../../../wire/operations.ts';
import { memoryVault } from '../../../support/memory-vault.ts';
import { directEvent } from '../../../support/requests.ts';

const operation = 'encrypt';
const body = { fields: { a: 1 } };
const UNAUTHENTICATED = { status: 401, body: { code: 'unauthenticated' } };

async function directVault() {
  const { request, functions, app, authorizationOf } = await memoryVault();
  const direct = (asked: Operation, payload: unknown) =>
    respond(request, functions[FUNCTION_OF[asked]], callFromDirect(payload, 'request-7'));
  const callDirect = (integration: string, asked: Operation, sent: unknown) =>
    direct(asked, directEvent({ app, operation: asked, authorization: authorizationOf(integration), body: sent }));
  return { authorizationOf, direct, callDirect };
}

test('a body may be its JSON text', async () => {
  const vault = await directVault();
  expect(await vault.callDirect('web', 'encrypt', JSON.stringify(body))).toMatchObject({ status: 200 });
});

// A parser has rounded the number in an object before we see it; in a text we see it.
test('a number that would change is noticed in the text', async () => {
  const vault = await directVault();
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
  const vault = await directVault();
  const answer = await vault.callDirect('web', 'encrypt', sent);
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-json' } });
});

test.each<[what: string, sent: unknown]>([
  ['a number', 7],
  ['null', null],
  ['a list', []],
])('a body that is %s is a 400', async (_, sent) => {
  const vault = await directVault();
  const answer = await vault.callDirect('web', 'encrypt', sent);
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
});

test.each<[what: string, authorization: unknown]>([
  ['none', undefined],
  ['null', null],
  ['an object', { toString: () => 'Bearer x' }],
  ['a list', ['Bearer x']],
  ['over 8 KB', `Bearer ${'x'.repeat(8192)}`],
])('an authorization that is %s is a 401', async (_, authorization) => {
  const vault = await directVault();
  const payload = { ...directEvent({ operation, body }), authorization };
  expect(await vault.direct(operation, payload)).toMatchObject(UNAUTHENTICATED);
});

test('an authorizer context in the payload gives no access', async () => {
  const vault = await directVault();
  const requestContext = { authorizer: { principalId: 'shop/web' } };
  expect(await vault.direct(operation, { ...directEvent({ operation, body }), requestContext })).toMatchObject(
    UNAUTHENTICATED,
  );
});

test('an app that is no text is a 403', async () => {
  const vault = await directVault();
  for (const app of [undefined, null, {}, ['bank']]) {
    const payload = { ...directEvent({ operation, authorization: vault.authorizationOf('web'), body }), app };
    expect(await vault.direct(operation, payload)).toMatchObject({ status: 403 });
  }
});

test.each<[what: string, payload: unknown]>([
  ['null', null],
  ['a text', 'encrypt'],
  ['a list', []],
])('a payload that is %s is a 401: it does not say who calls', async (_, payload) => {
  const vault = await directVault();
  expect(await vault.direct(operation, payload)).toMatchObject(UNAUTHENTICATED);
});

test('a call has what its payload says, and the ID of its invocation', () => {
  const call = callFromDirect(
    { ...directEvent({ operation, authorization: 'Bearer x', body }), app: 'bank' },
    'request-7',
  );
  expect(call).toMatchObject({ requestId: 'request-7', operation, app: 'bank', authorization: 'Bearer x' });
  expect(JSON.parse(call.bodyText())).toEqual(body);
});

/** More lists inside one another than a stack holds. */
function endless(): unknown {
  let list: unknown[] = [];
  for (let depth = 0; depth < 100_000; depth += 1) list = [list];
  return list;
}
