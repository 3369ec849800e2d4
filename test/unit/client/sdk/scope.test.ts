// Scopes: refs copied without a call, stars without a call, and all of a state opened in one.

import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  DaykeyProblem,
  type Decrypted,
  type Entry,
  type Json,
  REDACTED,
  type Ref,
  type RefObject,
  Sensitive,
} from '../../../../client/sdk/index.ts';
import { arbitraryValue, frozen } from '../../../support/entries.ts';
import { upTo } from '../../../support/envelope.ts';
import { type MemoryVault, memoryVault } from '../../../support/memory-vault.ts';
import { overRest, seen } from './callers.ts';

const HOUR = { ttlSeconds: 3600 };
const MINUTE = { ttlSeconds: 60 };

/** A client and the requests that went through it, sealing left out. */
async function client() {
  const vault = await memoryVault();
  const { requests, transport } = seen(vault);
  return { vault, requests, daykey: overRest(vault, 'desk', { transport }) };
}

async function refTo<T extends Json>(vault: MemoryVault, value: T, life: object = HOUR): Promise<RefObject<T>> {
  const { refs } = await vault.encrypt('web', { value }, life);
  return { $sensitive: refs.value as Ref<T> };
}

describe('the encrypted view', () => {
  test('is the state itself: a ref copied into another scope keeps its end, and no vault is asked', async () => {
    const { vault, requests, daykey } = await client();
    const email = await refTo(vault, 'maya@example.org', MINUTE);
    const phone = await refTo(vault, '555-0100');
    const event = daykey.scope({ data: { email, lang: 'en' } });
    const state: { name: string; email?: RefObject<string>; phone: RefObject<string> } = { name: 'Maya', phone };
    const user = daykey.scope(state);
    user.encrypted.email = event.encrypted.data.email;
    expect(state.email).toBe(email);
    expect(JSON.stringify(user)).toBe(JSON.stringify({ name: 'Maya', phone, email }));
    expect(requests).toEqual([]);

    vault.advance(60);
    const opened = await user.decrypted();
    expect(opened).toMatchObject({ name: 'Maya', email: { status: 'redacted' }, phone: { status: 'ok' } });
  });

  test('may be of an entry that came in', async () => {
    const { daykey } = await client();
    const entry: Entry = { type: 'text.say', data: { text: 'call 555-0100', lang: 'en' } };
    const { entry: sealed } = await daykey.incoming(entry, { thread: { mode: 'agent' } });
    expect(daykey.scope(sealed).redacted).toEqual({ ...entry, data: { text: REDACTED, lang: 'en' } });
  });
});

describe('the redacted view', () => {
  test('has the shape of the state, stars for every ref, and makes no request', async () => {
    const { vault, requests, daykey } = await client();
    const email = await refTo(vault, 'maya@example.org');
    const state = { email, list: [1, email, [email]], none: null, deep: { at: { last: email } } };
    const { redacted } = daykey.scope(state);
    expect(redacted).toEqual({
      email: REDACTED,
      list: [1, REDACTED, [REDACTED]],
      none: null,
      deep: { at: { last: REDACTED } },
    });
    expect(state.email).toBe(email);
    expect(requests).toEqual([]);
  });
});

test('any state is copied as it is, but for its refs', async () => {
  const { daykey } = await client();
  const turned = (value: unknown, of: (text: string) => unknown): unknown =>
    JSON.parse(JSON.stringify(value), (_, member) => (typeof member === 'string' ? of(member) : member));
  fc.assert(
    fc.property(arbitraryValue(), (value) => {
      const state = frozen(turned(value, ($sensitive) => ({ $sensitive })));
      const { redacted } = daykey.scope(state);
      expect(JSON.stringify(redacted)).toBe(JSON.stringify(turned(value, () => REDACTED)));
    }),
  );
});

describe('the decrypted view', () => {
  test('opens all of a state in one call, and a ref in several places once', async () => {
    const { vault, requests, daykey } = await client();
    const refs = await Promise.all(upTo(20).map((at) => refTo(vault, `value ${at}`)));
    const state = { refs, again: refs, first: { same: refs[0] }, plain: 'x' };
    const { again, first, plain, ...opened } = await daykey.scope(state).decrypted();
    expect(opened.refs.map(revealed)).toEqual(upTo(20).map((at) => `value ${at}`));
    expect(again).toEqual(opened.refs);
    expect(first.same).toBe(opened.refs[0]);
    expect(plain).toBe('x');
    expect(requests).toHaveLength(1);
    expect(Object.keys(requests[0]?.body.refs ?? {})).toHaveLength(20);
  });

  test('of more than 64 refs takes as many calls as they fill', async () => {
    const { vault, requests, daykey } = await client();
    const { refs } = await overRest(vault).encrypt(Object.fromEntries(upTo(130).map((at) => [`n${at}`, at])));
    const state = Object.values(refs).map(($sensitive) => ({ $sensitive }));
    expect((await daykey.scope(state).decrypted()).map(revealed)).toEqual(upTo(130));
    expect(requests).toHaveLength(3);
  });

  test('of a state without any ref makes no request', async () => {
    const { requests, daykey } = await client();
    expect(await daykey.scope({ a: [{}], b: 'dk2_bare' }).decrypted()).toEqual({ a: [{}], b: 'dk2_bare' });
    expect(requests).toEqual([]);
  });

  test('is of the state as it was when it was asked for', async () => {
    const { vault, daykey } = await client();
    const state: Record<string, unknown> = { email: await refTo(vault, 'maya@example.org') };
    const view = daykey.scope(state).decrypted();
    state.email = 'something else';
    state.more = await refTo(vault, 1);
    expect(await view).toEqual({ email: { status: 'ok', value: expect.any(Sensitive) } });
  });

  test('never looks into what it opened', async () => {
    const { vault, daykey } = await client();
    const form = await refTo(vault, { list: [['deep']] });
    const { form: opened } = await daykey.scope({ form }).decrypted();
    expect(revealed(opened)).toEqual({ list: [['deep']] });
  });

  test('of someone who may not decrypt is a refusal', async () => {
    const { vault } = await client();
    const scope = overRest(vault, 'analytics').scope({ email: await refTo(vault, 'x') });
    await expect(scope.decrypted()).rejects.toMatchObject({ code: 'forbidden' });
    expect(scope.redacted).toEqual({ email: REDACTED });
  });
});

describe('plaintext that was put into a state and not encrypted', () => {
  test('is stars in every text of it, also once it is persisted', async () => {
    const { vault, daykey } = await client();
    const secret = 'maya@example.org';
    const event = daykey.scope({ email: await refTo(vault, secret) });
    const user = daykey.scope<{ email?: unknown; opened?: unknown }>({});
    const opened = await event.decrypted();
    user.encrypted.opened = opened.email;
    if (opened.email.status === 'ok') user.encrypted.email = opened.email.value;
    for (const text of [JSON.stringify(user), JSON.stringify(user.encrypted), inspect(user, { depth: 9 })]) {
      expect(text).toContain(REDACTED);
      expect(text).not.toContain(secret);
    }
    expect(user.redacted).toEqual({ email: REDACTED, opened: { status: 'ok', value: REDACTED } });
    expect((await user.decrypted()).email).toEqual(opened.email);
  });
});

describe('a hostile state', () => {
  const TOKEN = { $sensitive: 'dk2_whatever' };

  test('with `__proto__` and its like keeps them as names', async () => {
    const { requests, daykey } = await client();
    const text = '{"__proto__":{"$sensitive":"dk2_a"},"constructor":{"x":1},"toString":{"$sensitive":"dk2_b"}}';
    const scope = daykey.scope(JSON.parse(text));
    expect(JSON.stringify(scope.redacted)).toBe(
      `{"__proto__":"${REDACTED}","constructor":{"x":1},"toString":"${REDACTED}"}`,
    );
    const opened = (await scope.decrypted()) as object;
    expect(Object.keys(opened)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.getPrototypeOf(opened)).toBe(Object.prototype);
    expect(requests).toHaveLength(1);
  });

  test.each<[depth: number, isTaken: boolean]>([
    [63, true],
    [64, false],
  ])('of %i levels is taken: %s', async (depth, isTaken) => {
    const { requests, daykey } = await client();
    const state = upTo(depth - 1).reduce((inner: unknown) => [inner], TOKEN);
    const scope = daykey.scope(state);
    if (isTaken) {
      expect(JSON.stringify(scope.redacted)).toContain(REDACTED);
      expect(JSON.stringify(await scope.decrypted())).toContain('redacted');
      return;
    }
    expect(() => scope.redacted).toThrow(DaykeyProblem);
    await expect(scope.decrypted()).rejects.toMatchObject({ code: 'invalid-request', status: undefined });
    expect(requests).toEqual([]);
  });

  test.each<[what: string, forged: unknown]>([
    ['a ref beside something else', { $sensitive: 'dk2_a', note: 'my secret' }],
    ['a ref that holds an object', { $sensitive: { text: 'my secret' } }],
    ['a ref that holds a number', { $sensitive: 4711 }],
    ['a ref that holds nothing', { $sensitive: null }],
  ])('with %s is refused by its path, without the value', async (_, forged) => {
    const { requests, daykey } = await client();
    const scope = daykey.scope({ user: [TOKEN, forged] });
    expect(() => scope.redacted).toThrow(/^ref-not-allowed: [^:]+ \(state\.user\.1\)$/);
    await expect(scope.decrypted()).rejects.toMatchObject({ code: 'ref-not-allowed', paths: ['state.user.1'] });
    expect(requests).toEqual([]);
  });

  test('with a cycle is refused', async () => {
    const { daykey } = await client();
    const state: { self?: unknown } = {};
    state.self = state;
    expect(() => daykey.scope(state).redacted).toThrow(DaykeyProblem);
  });

  test('with refs that are none is redacted where they stand', async () => {
    const { daykey } = await client();
    const state = ['', 'no token', `dk2_${'A'.repeat(76)}`].map(($sensitive) => ({ $sensitive }));
    expect(await daykey.scope(state).decrypted()).toEqual(state.map(() => ({ status: 'redacted' })));
  });
});

describe('a state that is no plain JSON', () => {
  test('but from another realm is one like any other', async () => {
    const { vault, daykey } = await client();
    const { $sensitive } = await refTo(vault, 'x');
    const state = runInNewContext('({ user: { email: { $sensitive } } })', { $sensitive });
    expect(daykey.scope(state).redacted).toEqual({ user: { email: REDACTED } });
  });

  test('and holds an instance of a class is refused, because that would go on with its refs', async () => {
    const { vault, daykey } = await client();
    const email = await refTo(vault, 'x');
    class User {
      readonly email = email;
    }
    const scope = daykey.scope({ since: new Date(0), users: [new User()] });
    const refusal = { code: 'invalid-request', paths: ['state.users.0'] };
    expect(() => scope.redacted).toThrow(expect.objectContaining(refusal));
    await expect(scope.decrypted()).rejects.toMatchObject(refusal);
    expect(daykey.scope({ since: new Date(0) }).redacted).toEqual({ since: new Date(0) });
  });
});

describe('what may hold refs unseen is refused by its path:', () => {
  const REF = { $sensitive: 'dk2_whatever' };

  test.each<[what: string, held: unknown]>([
    ['a Map', new Map([['email', REF]])],
    ['a Set', new Set([REF])],
    ['a function', () => REF],
    ['a toJSON', { toJSON: () => REF }.toJSON],
    ['an Error', Object.assign(new Error('no'), { email: REF })],
    ['a subclass of Array', class Refs extends Array<object> {}.from([REF])],
    ['a symbol as a name', { [Symbol('email')]: REF }],
    ['an array with more members', Object.assign([1], { email: REF })],
    ['a date with another class', new (class At extends Date {})()],
    ['a hidden member', Object.defineProperty({}, 'email', { value: REF })],
    ['members that are inherited', Object.create({ email: REF })],
    ['a WeakMap', new WeakMap([[REF, REF]])],
    ['an iterator', [REF].values()],
    ['a proxy of a Map', new Proxy(new Map([['email', REF]]), {})],
    ['bytes', Buffer.from('dk2_whatever')],
    ['a promise', Promise.resolve(REF)],
  ])('%s', async (_, held) => {
    const { requests, daykey } = await client();
    const scope = daykey.scope({ users: [{ held }] });
    const refusal = { code: 'invalid-request', paths: ['state.users.0.held'] };
    expect(() => scope.redacted).toThrow(expect.objectContaining(refusal));
    await expect(scope.decrypted()).rejects.toMatchObject(refusal);
    expect(requests).toEqual([]);
  });

  test('what holds none is copied as it is', async () => {
    const { daykey } = await client();
    const state = {
      none: undefined,
      big: 5n,
      not: Number.NaN,
      half: '\ud83d',
      symbol: Symbol.iterator,
      list: [undefined, 1],
    };
    expect(daykey.scope(state).redacted).toEqual(state);
    const dated = { at: Object.assign(new Date(0), { email: REF }) };
    expect(inspect(daykey.scope(dated).redacted)).not.toContain('dk2_');
  });
});

test('types follow a state into its views', async () => {
  const { vault, daykey } = await client();
  const email = await refTo<string>(vault, 'x');
  const stored: { $sensitive: string } = email;
  const made = new Sensitive(5, new Date(Date.UTC(2030, 0)));
  const scope = daykey.scope({ email, stored, made, list: [email], age: 41 });
  type Stars = typeof REDACTED;
  type Redacted = { email: Stars; stored: Stars; made: Stars; list: Stars[]; age: number };
  expectTypeOf(scope.redacted).toEqualTypeOf<Redacted>();
  const opened = await scope.decrypted();
  expectTypeOf(opened.email).toEqualTypeOf<Decrypted<string>>();
  expectTypeOf(opened.stored).toEqualTypeOf<Decrypted>();
  expectTypeOf(opened.made).toEqualTypeOf<Decrypted<number>>();
  expectTypeOf(opened.list).toEqualTypeOf<Decrypted<string>[]>();
  expectTypeOf(opened.age).toEqualTypeOf<number>();
  expectTypeOf(daykey.scope<Json>(null).decrypted()).resolves.toEqualTypeOf<unknown>();
  expect(revealed(opened.made)).toBe(5);
});

function revealed<T>(field: Decrypted<T>): T {
  if (field.status !== 'ok') throw new Error('the field is redacted');
  return field.value.reveal();
}
