// The six verbs on a vault in memory: what they promise beyond the wire.

import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  Daykey,
  DaykeyProblem,
  type Decrypted,
  type Entry,
  REDACTED,
  type Ref,
  Sensitive,
} from '../../../../client/sdk/index.ts';
import { upTo } from '../../../support/envelope.ts';
import { memoryVault } from '../../../support/memory-vault.ts';
import { direct, overRest, seen } from './callers.ts';

const CLIENTS: [way: string, client: typeof overRest | typeof direct][] = [
  ['over REST', overRest],
  ['directly', direct],
];
const SAY = { type: 'text.say', data: { text: 'my number is 555-0100', lang: 'en' } };
const AGENT = { thread: { mode: 'agent' } };

/** What a field holds. */
function revealed<T>(field: Decrypted<T> | undefined): T {
  if (field?.status !== 'ok') throw new Error('the field is redacted');
  return field.value.reveal();
}

function numbered(count: number): Record<string, string> {
  return Object.fromEntries(upTo(count).map((at) => [`n${at}`, `value ${at}`]));
}

describe.each(CLIENTS)('%s', (_, client) => {
  test('values come back as they were, wrapped, with the end of their life', async () => {
    const vault = await memoryVault();
    const fields = { email: 'maya@example.org', age: 41, form: { note: null, list: [true, 'x'] } };
    const { refs, expiresAt } = await client(vault, 'web').encrypt(fields, { ttlSeconds: 600 });
    const opened = await client(vault).decrypt(refs);
    expect([revealed(opened.email), revealed(opened.age), revealed(opened.form)]).toEqual(Object.values(fields));
    expect(expiresAt.getTime()).toBe((vault.nowS() + 600) * 1000);
    expect(opened.email).toMatchObject({ value: { expiresAt } });
  });

  test('an expired ref is redacted, and holds nothing at all', async () => {
    const vault = await memoryVault();
    const { refs } = await client(vault, 'web').encrypt({ email: 'x' }, { ttlSeconds: 60 });
    vault.advance(60);
    expect(await client(vault).decrypt(refs)).toEqual({ email: { status: 'redacted' } });
  });

  test('an entry is sealed coming in and opened going out', async () => {
    const vault = await memoryVault();
    const sealed = await client(vault, 'web').incoming(SAY, { ...AGENT, ttlSeconds: 600 });
    expect(sealed).toMatchObject({ sensitive: true, sealed: ['/data/text'] });
    expect(sealed.expiresAt?.getTime()).toBe((vault.nowS() + 600) * 1000);
    expect(JSON.stringify(sealed.entry)).not.toContain('555-0100');
    expect(await client(vault).outgoing(sealed.entry)).toEqual({ entry: SAY, opened: ['/data/text'], redacted: [] });
    expect(await client(vault, 'analytics').outgoing(sealed.entry, { redactAs: 'null' })).toMatchObject({
      entry: { data: { text: null } },
    });
  });

  test('an entry is explained as it would be sealed, and refused where it would be', async () => {
    const vault = await memoryVault();
    expect(await client(vault, 'web').explain(SAY, AGENT)).toEqual({
      ...{ sensitive: true, rule: 'event', why: expect.stringMatching(/^Transcript is on .+\.$/) },
      parts: [
        { pointer: '/data/lang', sealed: false, why: expect.any(String) },
        { pointer: '/data/text', sealed: true, why: expect.stringMatching(/^Not listed as readable: /) },
      ],
    });
    const { entry } = await client(vault, 'web').incoming(SAY, AGENT);
    expect(await refusalOf(client(vault, 'web').explain(entry as unknown as Entry))).toMatchObject({
      ...{ code: 'ref-not-allowed', paths: ['/data/text'] },
    });
    expect(await refusalOf(client(vault).explain({ type: 'text.say' } as Entry))).toMatchObject({ status: 400 });
  });

  test('an entry that is not sensitive comes back without an end', async () => {
    const vault = await memoryVault();
    const left = await client(vault, 'web').incoming(SAY, { thread: { mode: 'bot' } });
    expect(left).toEqual({ entry: SAY, sensitive: false, sealed: [] });
  });

  test('what is erased opens no longer, by subject and by refs', async () => {
    const vault = await memoryVault();
    const { refs } = await client(vault, 'web').encrypt({ a: 1, b: 2 }, { subject: 'user-17' });
    const others = await client(vault, 'web').encrypt({ a: 1, b: 2 });
    expect(await client(vault).erase({ subject: 'user-17' })).toBe(2);
    expect(await client(vault).erase({ refs: { a: others.refs.a } })).toBe(1);
    expect(await client(vault).decrypt({ ...refs, c: others.refs.a })).toEqual({
      ...{ a: { status: 'redacted' }, b: { status: 'redacted' }, c: { status: 'redacted' } },
    });
  });

  test('a refusal has a code, a status and paths', async () => {
    const vault = await memoryVault();
    const problem = await refusalOf(client(vault, 'web').encrypt({ a: 'x'.repeat(300_000) }));
    expect(problem).toMatchObject({ code: 'too-large', status: 413, paths: ['fields.a'] });
    await expect(client(vault, 'analytics').decrypt({ a: 'x' })).rejects.toMatchObject({
      code: 'forbidden',
      status: 403,
    });
  });

  test('hostile names stay plain names', async () => {
    const vault = await memoryVault();
    const fields: Record<string, string> = JSON.parse('{"__proto__":"p","constructor":"c","toString":"s"}');
    const { refs } = await client(vault, 'web').encrypt(fields);
    const opened = await client(vault).decrypt(refs);
    expect(Object.entries(opened).map(([name, field]) => [name, revealed(field)])).toEqual(Object.entries(fields));
  });
});

async function refusalOf(call: Promise<unknown>): Promise<DaykeyProblem> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DaykeyProblem)) throw new Error(`this is no problem: ${String(error)}`);
  return error;
}

describe('more than one request takes', () => {
  test('130 fields go in three requests, share one expiry and come back by name', async () => {
    const vault = await memoryVault();
    const { requests, transport } = seen(vault);
    const client = overRest(vault, 'desk', { transport });
    const fields = numbered(130);
    const { refs, expiresAt } = await client.encrypt(fields, { ttlSeconds: 600 });
    vault.advance(1);
    const opened = await client.decrypt(refs);
    expect(requests.map(({ operation }) => operation)).toEqual([
      ...upTo(3).map(() => 'encrypt'),
      ...upTo(3).map(() => 'decrypt'),
    ]);
    expect(Object.fromEntries(Object.entries(opened).map(([name, field]) => [name, revealed(field)]))).toEqual(fields);
    const ends = new Set(
      Object.values(opened).map((field) => field.status === 'ok' && field.value.expiresAt.getTime()),
    );
    expect([...ends]).toEqual([expiresAt.getTime()]);
    expect(await client.erase({ refs })).toBe(130);
  });

  test('batches sealed a second later still end with the first', async () => {
    const vault = await memoryVault();
    const { transport } = seen(vault);
    const slow: typeof transport = async (request) => {
      const answer = await transport(request);
      vault.advance(1);
      return answer;
    };
    const { refs, expiresAt } = await overRest(vault, 'desk', { transport: slow }).encrypt(numbered(65));
    vault.advance((expiresAt.getTime() - vault.clock()) / 1000);
    const opened = await overRest(vault).decrypt(refs);
    expect(new Set(Object.values(opened).map(({ status }) => status))).toEqual(new Set(['redacted']));
  });

  test('ten values of 250 KB go in several requests, and are asked for in halves', async () => {
    const vault = await memoryVault();
    const { requests, transport } = seen(vault);
    const client = overRest(vault, 'desk', { transport });
    const fields = Object.fromEntries(upTo(13).map((at) => [`n${at}`, String(at % 10).repeat(250_000)]));
    const { refs } = await client.encrypt(fields);
    const sealings = requests.length;
    const opened = await client.decrypt(refs);
    expect([sealings, requests.length - sealings]).toEqual([2, 3]);
    expect(Object.entries(opened).every(([name, field]) => revealed(field) === fields[name])).toBe(true);
  });

  test('a batch that fails fails the call', async () => {
    const vault = await memoryVault();
    const { requests, transport } = seen(vault);
    const failing: typeof transport = (request) =>
      requests.length === 1 ? Promise.reject(new Error('gone')) : transport(request);
    const call = overRest(vault, 'desk', { transport: failing, maxTries: 1 }).encrypt(numbered(65));
    expect(await refusalOf(call)).toMatchObject({ code: 'unreachable' });
  });

  test('nothing at all is for the vault to refuse', async () => {
    const vault = await memoryVault();
    expect(await refusalOf(overRest(vault).encrypt({}))).toMatchObject({ code: 'invalid-request', status: 400 });
    expect(await refusalOf(overRest(vault).decrypt({}))).toMatchObject({ code: 'invalid-request', status: 400 });
  });
});

describe('a value that was opened before', () => {
  /** Two values: `soon` has ten minutes left, `late` an hour. */
  async function opened() {
    const vault = await memoryVault();
    const client = overRest(vault);
    const [soon, late] = await Promise.all([
      client.encrypt({ value: 'soon' }, { ttlSeconds: 600 }),
      client.encrypt({ value: 'late' }, { ttlSeconds: 3600 }),
    ]);
    const fields = await client.decrypt({ soon: soon.refs.value, late: late.refs.value });
    if (fields.soon.status !== 'ok' || fields.late.status !== 'ok') throw new Error('not opened');
    return { vault, client, soon: fields.soon.value, late: fields.late.value };
  }

  test('keeps the end of its life when it is sealed again', async () => {
    const { vault, client, soon } = await opened();
    vault.advance(100);
    const again = await client.encrypt({ again: soon }, { ttlSeconds: 7200 });
    expect(again.expiresAt).toEqual(soon.expiresAt);
    expect(revealed((await client.decrypt(again.refs)).again)).toBe('soon');
  });

  test('ends with the first of all that it was made from', async () => {
    const { client, soon, late } = await opened();
    const made = { text: `${late.reveal()} ${soon.reveal()}` };
    expect((await client.encrypt(made, { derivedFrom: [late, soon] })).expiresAt).toEqual(soon.expiresAt);
    expect((await client.encrypt({ late, soon })).expiresAt).toEqual(soon.expiresAt);
    expect((await client.encrypt({ late }, { derivedFrom: [soon] })).expiresAt).toEqual(soon.expiresAt);
  });

  test('may end sooner', async () => {
    const { vault, client, late } = await opened();
    const notAfter = new Date((vault.nowS() + 30) * 1000);
    expect((await client.encrypt({ late }, { notAfter })).expiresAt).toEqual(notAfter);
  });

  test('is found anywhere inside a field', async () => {
    const { client, soon } = await opened();
    const { refs, expiresAt } = await client.encrypt({ form: { answers: [{ soon }] } });
    expect(expiresAt).toEqual(soon.expiresAt);
    expect(revealed((await client.decrypt(refs)).form)).toEqual({ answers: [{ soon: 'soon' }] });
  });

  test('lives longer only where extendLife says so', async () => {
    const { vault, client, soon } = await opened();
    const again = await client.encrypt({ soon }, { ttlSeconds: 7200, extendLife: true });
    expect(again.expiresAt.getTime()).toBe((vault.nowS() + 7200) * 1000);
  });

  test('gives its end to a component’s response', async () => {
    const { client, soon } = await opened();
    const entry = { ...SAY, data: { text: `hello ${soon.reveal()}` } };
    expect((await client.incoming(entry, { ...AGENT, derivedFrom: [soon] })).expiresAt).toEqual(soon.expiresAt);
  });

  test('is not sealed after its end', async () => {
    const { vault, client, soon } = await opened();
    vault.advance(600);
    expect(await refusalOf(client.encrypt({ soon }))).toMatchObject({ code: 'ttl-out-of-range', paths: ['notAfter'] });
  });

  test('may not stand where it would be stars or come back in clear', async () => {
    const { client, soon } = await opened();
    const entry = { ...SAY, data: { text: 'x', lang: soon } };
    expect(await refusalOf(client.incoming(entry))).toMatchObject({ paths: ['entry.data.lang'] });
    expect(await refusalOf(client.outgoing({ soon }))).toMatchObject({ paths: ['entry.soon'] });
    const subject = soon as unknown as string;
    expect(await refusalOf(client.erase({ subject }))).toMatchObject({ paths: ['subject'] });
  });

  test('of another copy of the SDK is refused, not sealed as stars', async () => {
    const { client } = await opened();
    const foreign = { toJSON: () => REDACTED, [Symbol.toStringTag]: REDACTED };
    expect(await refusalOf(client.encrypt({ a: { foreign } }))).toMatchObject({ paths: ['fields.a.foreign'] });
  });
});

describe('what is no JSON is refused before it is sent', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const cases: [what: string, value: unknown][] = [
    ['undefined', undefined],
    ['undefined in a list', [undefined]],
    ['a number that is not finite', { n: Number.NaN }],
    ['a function', { f: () => 1 }],
    ['a bigint', [1n]],
    ['a Map', new Map([['a', 1]])],
    ['bytes', new Uint8Array(2)],
    ['a cycle', cycle],
    ['a toJSON that throws what it holds', { toJSON: () => assertNever('secret-4711') }],
  ];

  test.each(cases)('%s', async (_, value) => {
    const vault = await memoryVault();
    const { requests, transport } = seen(vault);
    const problem = await refusalOf(overRest(vault, 'web', { transport }).encrypt({ value }));
    expect(problem).toMatchObject({ code: 'invalid-request', status: undefined });
    expect(problem.paths[0]).toMatch(/^fields\.value/);
    expect(requests).toEqual([]);
    expect(problem.stack).not.toContain('secret-4711');
  });

  test('a date is its text, a member without a value is none', async () => {
    const vault = await memoryVault();
    const { refs } = await overRest(vault).encrypt({ at: { date: new Date(0), none: undefined } });
    expect(revealed((await overRest(vault).decrypt(refs)).at)).toEqual({ date: '1970-01-01T00:00:00.000Z' });
  });

  function assertNever(what: string): never {
    throw new Error(what);
  }
});

test('types follow a value from the field to the ref and back', async () => {
  const client = overRest(await memoryVault());
  const late = new Sensitive(5, new Date(Date.UTC(2030, 0)));
  const { refs } = await client.encrypt({ email: 'x', age: late });
  expectTypeOf(refs.email).toEqualTypeOf<Ref<string>>();
  expectTypeOf(refs.age).toEqualTypeOf<Ref<number>>();
  const opened = await client.decrypt({ ...refs, stored: String(refs.email) });
  expectTypeOf(opened.email).toEqualTypeOf<Decrypted<string>>();
  expectTypeOf(opened.stored).toEqualTypeOf<Decrypted>();
  expect(revealed(opened.stored)).toBe('x');
});

describe('a url', () => {
  const identity = async () => 'Bearer x';
  const of =
    (url: string, more: object = {}) =>
    () =>
      new Daykey({ app: 'shop', identity, url, ...more });

  test.each(['http://vault.example', 'ftp://localhost', 'http://127.0.0.1.example', 'http://localhost.example'])(
    'that would send plaintext in clear is refused: %s',
    (url) => {
      expect(of(url)).toThrow('use https');
    },
  );

  test.each(['https://vault.example/prod/', 'http://localhost:4566', 'http://127.0.0.1:4566/x', 'http://[::1]:1'])(
    'is taken: %s',
    (url) => {
      expect(of(url)()).toBeInstanceOf(Daykey);
    },
  );

  test('without TLS is taken where its risk is named', () => {
    expect(of('http://localstack:4566', { insecureHttp: true })()).toBeInstanceOf(Daykey);
  });

  test('leads to the app’s route whether or not it ends in a slash', async () => {
    const urls: string[] = [];
    const record: typeof fetch = async (input, init) => {
      urls.push(String(input));
      expect(init?.redirect).toBe('error');
      return Response.json({ erased: 0 });
    };
    for (const url of ['https://v.example/prod', 'https://v.example/prod//']) {
      await new Daykey({ app: 'a/b', identity, url, fetch: record }).erase({ subject: 's' });
    }
    expect([...new Set(urls)]).toEqual(['https://v.example/prod/v1/apps/a%2Fb/erase']);
  });
});
