// The methods of a vault on a vault in memory: what they promise beyond the wire.

import { inspect } from 'node:util';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  apiToken,
  type CallOptions,
  Daykey,
  type DaykeyOptions,
  DaykeyProblem,
  type Decrypted,
  type EncryptOptions,
  type Entry,
  type Ref,
  type RetryOptions,
  Sensitive,
  type Transport,
  type WireAnswer,
  type WireRequest,
} from '../../../../client/sdk/index.ts';
import { problem } from '../../../../wire/problem.ts';
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
    expect(await client(vault).outgoing(sealed.entry)).toEqual({
      entry: SAY,
      opened: ['/data/text'],
      redacted: [],
      blobs: [],
    });
    expect(await client(vault, 'analytics').outgoing(sealed.entry, { redactAs: 'null' })).toMatchObject({
      entry: { data: { text: null } },
    });
  });

  test('an entry is explained as it would be sealed, and refused where it would be', async () => {
    const vault = await memoryVault();
    expect(await client(vault, 'web').explain(SAY, AGENT)).toEqual({
      sensitive: true,
      rule: 'event',
      why: expect.stringMatching(/^Transcript is on .+\.$/),
      parts: [
        { pointer: '/data/lang', sealed: false, why: expect.any(String) },
        { pointer: '/data/text', sealed: true, why: expect.stringMatching(/^Not listed as readable: /) },
      ],
    });
    const { entry } = await client(vault, 'web').incoming(SAY, AGENT);
    expect(await refusalOf(client(vault, 'web').explain(entry as unknown as Entry))).toMatchObject({
      code: 'ref-not-allowed',
      paths: ['/data/text'],
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
      a: { status: 'redacted' },
      b: { status: 'redacted' },
      c: { status: 'redacted' },
    });
  });

  test('a refusal has a code, a status and paths', async () => {
    const vault = await memoryVault();
    const problem = await refusalOf(client(vault, 'web').encrypt({ a: { $sensitive: 'x' } }));
    expect(problem).toMatchObject({ code: 'ref-not-allowed', status: 400, paths: ['fields.a'] });
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

  test('may not stand where it would become stars or come back as plaintext', async () => {
    const { client, soon } = await opened();
    const entry = { ...SAY, data: { text: 'x', lang: soon } };
    expect(await refusalOf(client.incoming(entry))).toMatchObject({ paths: ['entry.data.lang'] });
    expect(await refusalOf(client.outgoing({ soon }))).toMatchObject({ paths: ['entry.soon'] });
    const subject = soon as unknown as string;
    expect(await refusalOf(client.erase({ subject }))).toMatchObject({ paths: ['subject'] });
  });

  test('may be given in derivedFrom only', async () => {
    const { client, soon } = await opened();
    const derivedFrom = soon as unknown as Sensitive<unknown>[];
    expect((await client.encrypt({ a: 1 }, { derivedFrom })).expiresAt).toEqual(soon.expiresAt);
  });

  test('keeps its end when extendLife is a text', async () => {
    const { client, soon } = await opened();
    for (const extendLife of ['false', 'true', 1, {}, null]) {
      const options = { extendLife } as unknown as EncryptOptions;
      expect((await client.encrypt({ soon }, options)).expiresAt).toEqual(soon.expiresAt);
    }
  });
});

describe('what JSON would change is refused before any request:', () => {
  test.each<[what: string, value: unknown]>([
    ['bytes', Buffer.from('hi')],
    ['an invalid date', new Date('31/12/1990')],
    [
      'an instance with private state',
      new (class {
        readonly #pan = '4111';
        get last() {
          return this.#pan.slice(-1);
        }
      })(),
    ],
    ['a member that is undefined', { a: undefined }],
    ['half a surrogate pair', '\ud83d'],
    ['more than 256 KB', 'x'.repeat(256 * 1024 - 1)],
  ])('%s', async (_, value) => {
    const vault = await memoryVault();
    const { requests, transport } = seen(vault);
    const client = overRest(vault, 'bot', { transport });
    const fine = Object.fromEntries(upTo(200).map((at) => [`n${at}`, at]));
    const inField = await refusalOf(client.encrypt({ ...fine, v: value }));
    expect(inField).toMatchObject({ status: undefined, paths: [expect.stringMatching(/^fields\.v/)] });
    if (inField.code !== 'too-large') {
      const entry = { type: 'text.say', data: { text: value } };
      const inEntry = { status: undefined, paths: [expect.stringMatching(/^entry\.data\.text/)] };
      expect(await refusalOf(client.incoming(entry))).toMatchObject(inEntry);
      expect(await refusalOf(client.explain(entry))).toMatchObject(inEntry);
      expect(await refusalOf(client.outgoing(entry))).toMatchObject(inEntry);
    }
    expect(requests).toEqual([]);
  });

  test('a field of exactly 256 KB is taken', async () => {
    const client = overRest(await memoryVault());
    const { refs } = await client.encrypt({ v: 'x'.repeat(256 * 1024 - 2) });
    expect(revealed((await client.decrypt(refs)).v)).toHaveLength(256 * 1024 - 2);
  });

  test('a valid date is sealed as its text', async () => {
    const client = overRest(await memoryVault());
    const { refs } = await client.encrypt({ at: { date: new Date(0) } });
    expect(revealed((await client.decrypt(refs)).at)).toEqual({ date: '1970-01-01T00:00:00.000Z' });
  });

  test('members of an entry and its context may be undefined where they are optional', async () => {
    const client = overRest(await memoryVault(), 'bot');
    const entry: Entry = { ...SAY, id: undefined, sensitive: undefined, user: { type: 'visitor', id: undefined } };
    const context = { thread: { mode: 'agent' }, component: { sensitive: undefined }, cause: undefined };
    const sealed = await client.incoming({ ...entry, thread: { id: undefined } }, context);
    expect(sealed).toMatchObject({ sensitive: true, sealed: ['/data/text'] });
    expect(sealed.entry).toMatchObject({ user: { type: 'visitor' }, thread: {} });
    const inside = { ...entry, data: { text: { user: { id: undefined } } } };
    expect(await refusalOf(client.incoming(inside, context))).toMatchObject({ paths: ['entry.data.text.user.id'] });
  });
});

describe('from JavaScript,', () => {
  type Loose = { readonly [Name in keyof Daykey]: (...args: unknown[]) => Promise<unknown> };
  const end = new Date(Date.UTC(2030, 0));
  const entry = { type: 'text.say', data: { text: 'x' } };
  const anInstance = new (class {
    readonly a = 'x';
  })();

  const noObjects = [
    Object.create({ a: 'x' }),
    undefined,
    null,
    'ab',
    7,
    true,
    ['a'],
    new Map([['a', 'x']]),
    new Set(['a']),
    anInstance,
    () => {},
  ];
  // Spread, each of these would be no option at all, and a value would live as long as the app allows.
  const noOptions = [
    60,
    'x',
    true,
    [60],
    new Map([['ttlSeconds', 60]]),
    Object.create({ ttlSeconds: 60 }),
    AbortSignal.abort(),
  ];

  test.each<[call: string, run: (client: Loose) => Promise<unknown>, path: string]>([
    ...noObjects.flatMap((wrong): [string, (client: Loose) => Promise<unknown>, string][] => [
      [`encrypt(${inspect(wrong)})`, (client) => client.encrypt(wrong), 'fields'],
      [`decrypt(${inspect(wrong)})`, (client) => client.decrypt(wrong), 'refs'],
      [`erase(${inspect(wrong)})`, (client) => client.erase(wrong), 'target'],
      [
        `erase({ refs: ${inspect(wrong)} })`,
        (client) => client.erase({ refs: wrong }),
        wrong === undefined ? 'target' : 'refs',
      ],
    ]),
    ['erase({})', (client) => client.erase({}), 'target'],
    ['erase with a subject and refs', (client) => client.erase({ subject: 's', refs: { a: 'x' } }), 'target'],
    ['erase with an unknown member', (client) => client.erase({ subjects: 's' }), 'target'],
    ['erase with more than a subject', (client) => client.erase({ subject: 's', app: 'x' }), 'target'],
    ['erase with a subject that is undefined', (client) => client.erase({ subject: undefined }), 'target'],
    ['decrypt with a ref that is undefined', (client) => client.decrypt({ a: undefined }), 'refs.a'],
    ['decrypt with a ref that is wrapped', (client) => client.decrypt({ a: new Sensitive('x', end) }), 'refs.a'],
    ['incoming(null)', (client) => client.incoming(null), 'entry'],
    ['incoming of a text', (client) => client.incoming('hi'), 'entry'],
    ['incoming of a list', (client) => client.incoming([entry]), 'entry'],
    ['explain(null)', (client) => client.explain(null), 'entry'],
    ['outgoing(undefined)', (client) => client.outgoing(undefined), 'entry'],
    ['outgoing of a function', (client) => client.outgoing(() => {}), 'entry'],
    ['a thread that is a text', (client) => client.incoming(entry, { thread: 'bot' }), 'thread'],
    ['a component that is true', (client) => client.explain(entry, { component: true }), 'component'],
    [
      'a cause of undefined',
      (client) => client.incoming(entry, { cause: { sensitive: Number.NaN } }),
      'cause.sensitive',
    ],
    ['an option that is misspelt', (client) => client.encrypt({ a: 1 }, { ttlSecond: 60 }), 'ttlSecond'],
    ['an option of something else', (client) => client.encrypt({ a: 1 }, { ttl: 60 }), 'ttl'],
    ['an option of decrypt', (client) => client.decrypt({ a: 'x' }, { ttlSeconds: 60 }), 'ttlSeconds'],
    ['an option of erase', (client) => client.erase({ subject: 's' }, { force: true }), 'force'],
    ['an option of incoming', (client) => client.incoming(entry, { threads: {} }), 'threads'],
    ['an option of explain', (client) => client.explain(entry, { ttlSeconds: 60 }), 'ttlSeconds'],
    ['an option of outgoing', (client) => client.outgoing(entry, { redactas: 'null' }), 'redactas'],
    ...noOptions.flatMap((wrong): [string, (client: Loose) => Promise<unknown>, string][] => [
      [`encrypt with the options ${inspect(wrong)}`, (client) => client.encrypt({ a: 1 }, wrong), 'options'],
      [`decrypt with the options ${inspect(wrong)}`, (client) => client.decrypt({ a: 'x' }, wrong), 'options'],
      [`erase with the options ${inspect(wrong)}`, (client) => client.erase({ subject: 's' }, wrong), 'options'],
      [`incoming with the options ${inspect(wrong)}`, (client) => client.incoming(entry, wrong), 'options'],
      [`explain with the options ${inspect(wrong)}`, (client) => client.explain(entry, wrong), 'options'],
      [`outgoing with the options ${inspect(wrong)}`, (client) => client.outgoing(entry, wrong), 'options'],
    ]),
    ['a life that is NaN', (client) => client.encrypt({ a: 1 }, { ttlSeconds: Number.NaN }), 'ttlSeconds'],
    ['a life without end', (client) => client.encrypt({ a: 1 }, { ttlSeconds: Infinity }), 'ttlSeconds'],
    ['an end that is invalid', (client) => client.encrypt({ a: 1 }, { notAfter: new Date('x') }), 'notAfter'],
    ['an end that is a text', (client) => client.encrypt({ a: 1 }, { notAfter: '2030-01-01' }), 'notAfter'],
    ['an end that is null', (client) => client.encrypt({ a: 1 }, { notAfter: null }), 'notAfter'],
    ['a subject of half a character', (client) => client.encrypt({ a: 1 }, { subject: '\ud83d' }), 'subject'],
    ['a source that is null', (client) => client.encrypt({ a: 1 }, { derivedFrom: null }), 'derivedFrom'],
    ['a source that is plaintext', (client) => client.encrypt({ a: 1 }, { derivedFrom: ['x'] }), 'derivedFrom'],
    [
      'a source that is an opened field',
      (client) => client.incoming(entry, { derivedFrom: [{ status: 'ok', value: new Sensitive('x', end) }] }),
      'derivedFrom',
    ],
    ['a signal that is a number', (client) => client.decrypt({ a: 'x' }, { signal: 5000 }), 'signal'],
    [
      'a signal that is a controller',
      (client) => client.erase({ subject: 's' }, { signal: new AbortController() }),
      'signal',
    ],
  ])('%s is refused with its path, without a request', async (_, run, path) => {
    const { requests, transport } = seen(await memoryVault());
    const client = new Daykey({ app: 'shop', identity: async () => 'Bearer x', transport }) as unknown as Loose;
    expect(await refusalOf(run(client))).toMatchObject({ code: 'invalid-request', status: undefined, paths: [path] });
    expect(requests).toEqual([]);
  });

  test.each<[call: string, run: (client: Loose) => Promise<unknown>]>([
    ['encrypt({})', (client) => client.encrypt({})],
    ['incoming(undefined)', (client) => client.incoming(undefined)],
    ['incoming({})', (client) => client.incoming({})],
    ['a ref that is a number', (client) => client.decrypt({ a: 7 })],
    ['a ref object', (client) => client.decrypt({ a: { $sensitive: 'dk2_x' } })],
    ['a subject that is a number', (client) => client.erase({ subject: 7 })],
    ['a life that is a text', (client) => client.encrypt({ a: 1 }, { ttlSeconds: '60' })],
    ['another way to redact', (client) => client.outgoing(entry, { redactAs: 'stars' })],
  ])('%s is refused by the vault', async (_, run) => {
    const problem = await refusalOf(run(overRest(await memoryVault(), 'bot') as unknown as Loose));
    expect(problem).toMatchObject({ code: 'invalid-request', status: 400 });
  });

  test('options that are null count as absent', async () => {
    const client = overRest(await memoryVault()) as unknown as Loose;
    const { refs } = (await client.encrypt({ a: 1 }, null)) as { refs: object };
    expect(await client.decrypt(refs, null)).toMatchObject({ a: { status: 'ok' } });
  });

  test.each([0, 59, -60, 86_401, 604_801, 2 ** 60])(
    'a life of %d s is out of range, with one code',
    async (ttlSeconds) => {
      const client = overRest(await memoryVault());
      for (const call of [client.encrypt({ a: 1 }, { ttlSeconds }), client.incoming(SAY, { ttlSeconds })]) {
        expect(await refusalOf(call)).toMatchObject({ code: 'ttl-out-of-range', status: 400, paths: ['ttlSeconds'] });
      }
    },
  );
});

describe('a constructor', () => {
  const identity = async () => 'Bearer x';
  const transport = async () => ({ status: 200, body: {} });
  const url = 'https://v.example';

  test.each<[what: string, options: unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['no app', { identity, url }],
    ['an app that is no text', { app: 7, identity, url }],
    ['no identity', { app: 'shop', url }],
    ['an identity that is a text', { app: 'shop', identity: 'Bearer x', url }],
    ['no way to the vault', { app: 'shop', identity }],
    ['two ways to the vault', { app: 'shop', identity, url, transport }],
    ['a url that is none', { app: 'shop', identity, url: 'v.example' }],
    ['an option that is misspelt', { app: 'shop', identity, url, timeoutMS: 5 }],
    ['an option that is unknown', { app: 'shop', identity, transport, region: 'x' }],
    ['a time that is NaN', { app: 'shop', identity, url, timeoutMs: Number.NaN }],
    ['a time beyond what a timer can wait', { app: 'shop', identity, url, timeoutMs: 2 ** 31 }],
    ['tries without a number', { app: 'shop', identity, url, maxTries: Number.NaN }],
  ])('refuses %s', (_, options) => {
    expect(() => new Daykey(options as DaykeyOptions)).toThrow(Error);
  });

  test('takes a time without limit', async () => {
    const none = { timeoutMs: Infinity, totalMs: Infinity, maxPauseMs: Infinity };
    const client = new Daykey({
      app: 'shop',
      identity,
      ...none,
      transport: async () => ({ status: 200, body: { erased: 3 } }),
    });
    expect(await client.erase({ subject: 's' })).toBe(3);
  });
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

describe('a call', () => {
  const DOWN: WireAnswer = { status: 503, body: problem('unavailable') };
  const ERASED: WireAnswer = { status: 200, body: { erased: 1 } };

  /** A client whose transport gives these answers in turn, the last one repeatedly; an error is thrown. */
  function answered(answers: (WireAnswer | Error)[], options: RetryOptions = {}) {
    const requests: WireRequest[] = [];
    const transport: Transport = async (request) => {
      const answer = answers[Math.min(requests.length, answers.length - 1)];
      requests.push(request);
      if (answer instanceof Error || answer === undefined) throw answer;
      return answer;
    };
    const identity = async () => `Bearer ${requests.length}`;
    const client = new Daykey({ app: 'shop', identity, transport, pause: async () => {}, ...options });
    return { client, requests };
  }

  const VERBS: [verb: string, call: (client: Daykey, options?: CallOptions) => Promise<unknown>][] = [
    ['encrypt', (client, options) => client.encrypt({ a: 1 }, options)],
    ['decrypt', (client, options) => client.decrypt({ a: 'dk1_x' }, options)],
    ['incoming', (client, options) => client.incoming({ type: 'x', data: {} }, options)],
    ['outgoing', (client, options) => client.outgoing({}, options)],
    ['explain', (client, options) => client.explain({ type: 'x', data: {} }, options)],
    ['erase', (client, options) => client.erase({ subject: 's' }, options)],
    ['scope', (client, options) => client.scope({ $sensitive: 'dk1_x' }).decrypted(options)],
  ];

  test.each(VERBS)('of %s is tried three times with a fresh identity, and then no more', async (_, call) => {
    const { client, requests } = answered([DOWN]);
    expect(await refusalOf(call(client))).toMatchObject({ code: 'unavailable', status: 503 });
    expect(requests.map(({ authorization }) => authorization)).toEqual(['Bearer 0', 'Bearer 1', 'Bearer 2']);
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
  });

  test.each([
    ['says that it is down', DOWN],
    ['is behind a gateway that is down', { status: 502, body: undefined }],
    ['is throttled by a firewall', { status: 429, body: undefined }],
    ['is not reached', new TypeError('fetch failed')],
  ])('to a vault that %s is tried again', async (_, failure) => {
    const { client, requests } = answered([failure, failure, ERASED]);
    expect(await client.erase({ subject: 's' })).toBe(1);
    expect(requests).toHaveLength(3);
  });

  test.each([400, 401, 403, 404, 409, 418])('that is refused with status %i is not tried again', async (status) => {
    const { client, requests } = answered([{ status, body: '<html>' }, ERASED]);
    expect(await refusalOf(client.erase({ subject: 's' }))).toMatchObject({ code: 'refused', status });
    expect(requests).toHaveLength(1);
  });

  test('is tried again as the vault asks in Retry-After', async () => {
    const pauses: number[] = [];
    let answers = 0;
    const send: typeof fetch = async () => {
      answers += 1;
      const headers = { 'Retry-After': '2' };
      return answers === 1 ? Response.json(DOWN.body, { status: 503, headers }) : Response.json(ERASED.body);
    };
    const pause = async (ms: number) => void pauses.push(Math.floor(ms / 1000));
    const options = { app: 'shop', identity: async () => 'Bearer x', url: 'https://v.example', fetch: send, pause };
    await new Daykey(options).erase({ subject: 's' });
    expect(pauses).toEqual([2]);
  });

  test('whose answer was lost makes refs that open when it is tried again', async () => {
    const vault = await memoryVault();
    const { transport, requests } = seen(vault);
    const losing: Transport = async (request) => {
      const answer = await transport(request);
      if (requests.length === 1) throw new Error('connection reset');
      return answer;
    };
    const { refs } = await overRest(vault, 'desk', { transport: losing }).encrypt({ a: 'x' });
    expect(requests).toHaveLength(2);
    expect(await overRest(vault).decrypt(refs)).toMatchObject({ a: { status: 'ok' } });
  });

  test('with an identity that fails rises as that failure, and sends nothing', async () => {
    const { transport, requests } = seen(await memoryVault());
    const identity = () => Promise.reject(new RangeError('no credentials'));
    await expect(new Daykey({ app: 'shop', identity, transport }).erase({ subject: 's' })).rejects.toThrow(RangeError);
    expect(requests).toEqual([]);
  });

  test.each(VERBS)('of %s ends with its signal, and before it begins', async (_, call) => {
    const { client, requests } = answered([ERASED]);
    expect(await refusalOf(call(client, { signal: AbortSignal.abort() }))).toMatchObject({ code: 'aborted' });
    expect(requests).toEqual([]);
  });

  test.each(VERBS)('of %s ends within the time of its signal, though nothing answers', async (_, call) => {
    const signals: AbortSignal[] = [];
    const transport: Transport = ({ signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    };
    const client = new Daykey({ app: 'shop', identity: async () => 'Bearer x', transport });
    const problem = await refusalOf(call(client, { signal: AbortSignal.timeout(20) }));
    expect(problem).toMatchObject({ code: 'timed-out', isTransient: true });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('ends within totalMs with all its requests, tries and pauses', async () => {
    const never: Transport = () => new Promise(() => {});
    const identity = async () => 'Bearer x';
    const client = new Daykey({ app: 'shop', identity, transport: never, timeoutMs: 20, totalMs: 50, maxTries: 99 });
    const startedMs = performance.now();
    const problem = await refusalOf(client.encrypt(numbered(500)));
    expect(problem).toMatchObject({ code: 'timed-out' });
    expect(performance.now() - startedMs).toBeLessThan(20_000);
    const hanging = new Daykey({ app: 'shop', identity: () => new Promise(() => {}), transport: never, totalMs: 20 });
    expect(await refusalOf(hanging.erase({ subject: 's' }))).toMatchObject({ code: 'timed-out' });
  });

  test('sends no more once its signal ended it', async () => {
    const abort = new AbortController();
    let requests = 0;
    const transport: Transport = async () => {
      requests += 1;
      if (requests === 4) abort.abort();
      return { status: 200, body: { erased: 1 } };
    };
    const client = new Daykey({ app: 'shop', identity: async () => 'Bearer x', transport });
    const refs = Object.fromEntries(upTo(64 * 20).map((at) => [`n${at}`, 'dk1_x']));
    expect(await refusalOf(client.erase({ refs }, { signal: abort.signal }))).toMatchObject({ code: 'aborted' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(requests).toBeLessThanOrEqual(8);
  });

  const end = '2027-01-01T00:00:00Z';
  const part = { pointer: '/data/a', sealed: true, why: 'So.' };
  test.each<[verb: string, body: unknown]>([
    ['encrypt', undefined],
    ['encrypt', null],
    ['encrypt', 'text'],
    ['encrypt', []],
    ['encrypt', {}],
    ['encrypt', { refs: {}, expiresAt: end }],
    ['encrypt', { refs: { a: 1 }, expiresAt: end }],
    ['encrypt', { refs: { a: 'x' } }],
    ['encrypt', { refs: { a: 'x' }, expiresAt: 'soon' }],
    ['encrypt', { refs: { a: 'x' }, expiresAt: 1 }],
    ['encrypt', { refs: ['x'], expiresAt: end }],
    ['decrypt', {}],
    ['decrypt', { values: {} }],
    ['decrypt', { values: { a: null } }],
    ['decrypt', { values: { a: { status: 'gone' } } }],
    ['decrypt', { values: { a: { status: 'ok', expiresAt: end } } }],
    ['decrypt', { values: { a: { status: 'ok', value: 1 } } }],
    ['decrypt', { values: { a: { status: 'ok', value: 1, expiresAt: 'soon' } } }],
    ['incoming', { entry: {}, sensitive: true }],
    ['incoming', { entry: [], sensitive: true, sealed: [] }],
    ['incoming', { entry: {}, sensitive: 'yes', sealed: [] }],
    ['incoming', { entry: {}, sensitive: true, sealed: [1] }],
    ['incoming', { entry: {}, sensitive: true, sealed: 'a' }],
    ['incoming', { entry: {}, sensitive: true, sealed: [], expiresAt: null }],
    ['incoming', { entry: {}, sensitive: true, sealed: [], expiresAt: 'soon' }],
    ['outgoing', { opened: [], redacted: [], blobs: [] }],
    ['outgoing', { entry: 1, opened: [], redacted: [] }],
    ['outgoing', { entry: 1, opened: [null], redacted: [], blobs: [] }],
    ['outgoing', { entry: 1, opened: [], redacted: {} }],
    ['explain', { sensitive: true, rule: 'event', why: 'So.' }],
    ['explain', { sensitive: true, rule: 'event', why: 'So.', parts: {} }],
    ['explain', { sensitive: true, rule: 'event', why: 'So.', parts: [null] }],
    ['explain', { sensitive: true, rule: 'event', why: 'So.', parts: [{ ...part, sealed: 'yes' }] }],
    ['explain', { sensitive: true, rule: 'event', why: 'So.', parts: [{ ...part, pointer: 1 }] }],
    ['explain', { sensitive: true, rule: 'event', why: 'So.', parts: [part, { ...part, why: undefined }] }],
    ['explain', { sensitive: 1, rule: 'event', why: 'So.', parts: [] }],
    ['explain', { sensitive: true, rule: 1, why: 'So.', parts: [] }],
    ['explain', { sensitive: true, rule: 'event', parts: [] }],
    ['erase', { erased: '1' }],
  ])('of %s that is answered by %j is unintelligible, and not tried again', async (verb, body) => {
    const { client, requests } = answered([{ status: 200, body }]);
    const call = VERBS.find(([name]) => name === verb)?.[1] ?? (() => Promise.reject(new Error(verb)));
    expect(await refusalOf(call(client))).toMatchObject({ code: 'unintelligible', status: 200 });
    expect(requests).toHaveLength(1);
  });

  test.each<unknown>([undefined, null, 'text', {}, { status: '200' }])(
    'over a transport that gives %j is unintelligible',
    async (answer) => {
      const transport = (async () => answer) as unknown as Transport;
      const client = new Daykey({ app: 'shop', identity: async () => 'Bearer x', transport });
      expect(await refusalOf(client.erase({ subject: 's' }))).toMatchObject({ code: 'unintelligible' });
    },
  );

  test('that fails says nothing of its request or of a broken answer', async () => {
    const { client } = answered([Object.assign(new TypeError('sending maya4711'), { body: 'maya4711' })]);
    const send: typeof fetch = async () => new Response('{"values":{"a":{"status":"ok","value":"maya4711');
    const options = { app: 'shop', identity: async () => 'Bearer x', url: 'https://v.example', fetch: send };
    for (const call of [client.encrypt({ a: 'maya4711' }), new Daykey(options).decrypt({ a: 'x' })]) {
      expect(inspect(await refusalOf(call), { showHidden: true, depth: 9 })).not.toContain('maya4711');
    }
  });
});

test('an API token that is none is refused without a word of it', () => {
  for (const wrong of [
    'Bearer maya4711',
    '',
    'dkt_',
    'dkt_maya4711\n',
    ' dkt_maya4711',
    'dkt_maya 4711',
    `dkt_${'a'.repeat(42)}`,
    undefined,
  ]) {
    expect(() => apiToken(wrong as string)).toThrow(/^an API token is dkt_ and 43 characters$/);
  }
});
