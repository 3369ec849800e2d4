// What callers learn when something is wrong: a stable code, its status, where the fault is, and never a value.

import { describe, expect, test } from 'vitest';
import { formatRef, refIdFor } from '../../../../vault/domain/envelope/ref.ts';
import { DaykeyError, INTERNAL_CODES } from '../../../../vault/domain/errors.ts';
import { failure, ok } from '../../../../vault/operations/answer.ts';
import { respond } from '../../../../vault/operations/respond.ts';
import { problemHeaders } from '../../../../wire/headers.ts';
import { MAX_PAYLOAD_BYTES, MAX_TTL_SECONDS } from '../../../../wire/limits.ts';
import { PROBLEM_CODES, PROBLEMS, problem } from '../../../../wire/problem.ts';
import { type Counted, counted } from '../../../support/counting.ts';
import { memoryVault, type RequestPorts } from '../../../support/memory-vault.ts';

const CANARY = 'tulip-canary-4711';
const DEEPEST = `fields.a${'.0'.repeat(62)}`.slice(0, 128);

describe('a failure', () => {
  test.each(PROBLEM_CODES)('%s keeps its code, its detail and its paths', (code) => {
    const { status, headers, body } = failure(new DaykeyError(code, 'a detail', { paths: ['fields.email'] }));
    expect(status).toBe(PROBLEMS[code].status);
    expect(headers).toEqual(problemHeaders(code));
    expect(body).toEqual({ ...problem(code), detail: 'a detail', paths: ['fields.email'] });
  });

  test.each(Object.keys(INTERNAL_CODES) as (keyof typeof INTERNAL_CODES)[])(
    '%s is a 503 whose message stays inside the vault',
    (code) => {
      expect(failure(new DaykeyError(code, CANARY, { paths: [CANARY], retryAfterSeconds: 7 }))).toEqual({
        status: 503,
        headers: problemHeaders('unavailable', 7),
        body: problem('unavailable'),
        text: JSON.stringify(problem('unavailable')),
      });
    },
  );

  test('says when to come back if the error knows', () => {
    const error = new DaykeyError('unavailable', 'no app KEK is ready', { retryAfterSeconds: 30 });
    expect(failure(error).headers['Retry-After']).toBe('30');
  });

  test.each([new Error(CANARY), new TypeError(CANARY), CANARY, undefined, { message: CANARY }])(
    'that is unexpected is a 503 that says nothing about it (%s)',
    (thrown) => {
      const answer = failure(thrown);
      expect(answer).toMatchObject({ status: 503, headers: { 'Retry-After': '1' }, body: { code: 'unavailable' } });
      expect(JSON.stringify(answer)).not.toContain(CANARY);
    },
  );
});

test('a success is JSON that no cache may store', () => {
  expect(ok({ a: 1 })).toEqual({
    status: 200,
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    },
    body: { a: 1 },
    text: '{"a":1}',
  });
});

describe('a success that Lambda could not send', () => {
  const refusal = expect.objectContaining({ code: 'too-large' });

  test.each([
    ['a letter', 'x', 1],
    ['a star', '★', 3],
    ['a quotation mark, two bytes in JSON and four in JSON in JSON', '"', 4],
  ])('is too large, by the bytes of %s over REST', (_, character, bytes) => {
    const fitting = Math.floor((MAX_PAYLOAD_BYTES - '"\\"\\""'.length) / bytes);
    const { status, text } = ok(character.repeat(fitting));
    expect(status).toBe(200);
    expect(Buffer.byteLength(JSON.stringify(text))).toBeLessThanOrEqual(MAX_PAYLOAD_BYTES);
    expect(() => ok(character.repeat(fitting + 1))).toThrow(refusal);
  });

  test('is too large as well where JSON.stringify itself gives up', () => {
    // The error that it throws for a text of more than 512 MB, without making one.
    expect(() => ok({ toJSON: () => 'x'.repeat(2 ** 30) })).toThrow(refusal);
  });

  test('is answered 413 by each operation that serves it, and nothing is thrown', async () => {
    const vault = await memoryVault();
    const handlers = { encrypt: async () => ({ body: 'x'.repeat(MAX_PAYLOAD_BYTES) }) };
    const call = { operation: 'encrypt', app: vault.app, requestId: 'r', authorization: vault.authorizationOf('web') };
    const answer = await respond(vault.request, handlers, { ...call, bodyText: () => '{}' });
    expect(answer).toMatchObject({ status: 413, body: { code: 'too-large' } });
  });
});

describe('POST /encrypt refuses', () => {
  const refs = { $sensitive: CANARY };
  const long = 'x'.repeat(129);
  const fields = { email: 'a@b.example' };
  const manyFields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, i]));

  test.each<[what: string, body: unknown, status: number, code: string, paths: string[] | undefined]>([
    ['what is not JSON', `{"fields":{"email":"${CANARY}"`, 400, 'invalid-json', undefined],
    ['an empty body', '', 400, 'invalid-json', undefined],
    ['no body', undefined, 400, 'invalid-json', undefined],
    ['a name twice', `{"fields":{"a":"${CANARY}","a":1}}`, 400, 'invalid-json', ['fields.a']],
    ['a number that would change', '{"fields":{"a":12345678901234567890123}}', 400, 'invalid-json', ['fields.a']],
    ['half a surrogate pair', '{"fields":{"a":"ok","b":"\\ud83d"}}', 400, 'invalid-json', ['fields.b']],
    ['half a surrogate pair in a name', '{"fields":{"a":{"\\ud83d":1}}}', 400, 'invalid-json', ['fields.a']],
    ['half a surrogate pair in a subject', '{"subject":"\\udc00","fields":{"a":1}}', 400, 'invalid-json', ['subject']],
    ['65 levels', `{"fields":{"a":${'['.repeat(63)}${']'.repeat(63)}}}`, 400, 'invalid-json', [DEEPEST]],
    ['a list for a body', [CANARY], 400, 'invalid-request', ['']],
    ['a text for a body', JSON.stringify(CANARY), 400, 'invalid-request', ['']],
    ['null for a body', 'null', 400, 'invalid-request', ['']],
    ['no fields', {}, 400, 'invalid-request', ['fields']],
    ['fields that are null', { fields: null }, 400, 'invalid-request', ['fields']],
    ['a list of fields', { fields: [CANARY] }, 400, 'invalid-request', ['fields']],
    ['no field', { fields: {} }, 400, 'invalid-request', ['fields']],
    ['65 fields', { fields: manyFields(65) }, 400, 'invalid-request', ['fields']],
    ['a name of no character', { fields: { '': CANARY } }, 400, 'invalid-request', ['fields']],
    ['a name of 129 characters', { fields: { [long]: CANARY } }, 400, 'invalid-request', ['fields']],
    ['an unknown member', { fields, ttl: CANARY }, 400, 'invalid-request', ['ttl']],
    ['a TTL that is no number', { fields, ttlSeconds: CANARY }, 400, 'invalid-request', ['ttlSeconds']],
    ['a TTL with a fraction', { fields, ttlSeconds: 60.5 }, 400, 'invalid-request', ['ttlSeconds']],
    ['a TTL of 0', { fields, ttlSeconds: 0 }, 400, 'ttl-out-of-range', ['ttlSeconds']],
    ['a negative TTL', { fields, ttlSeconds: -60 }, 400, 'ttl-out-of-range', ['ttlSeconds']],
    ['a TTL over 7 days', { fields, ttlSeconds: 604_801 }, 400, 'ttl-out-of-range', ['ttlSeconds']],
    ['a TTL beyond 2^53', { fields, ttlSeconds: 2 ** 60 }, 400, 'ttl-out-of-range', ['ttlSeconds']],
    ['a TTL under 60 s', { fields, ttlSeconds: 59 }, 400, 'ttl-out-of-range', ['ttlSeconds']],
    ["a TTL over the app's", { fields, ttlSeconds: 86_401 }, 400, 'ttl-out-of-range', ['ttlSeconds']],
    ['an instant that is none', { fields, notAfter: CANARY }, 400, 'invalid-request', ['notAfter']],
    ['an instant without an offset', { fields, notAfter: '2030-01-01T00:00:00' }, 400, 'invalid-request', ['notAfter']],
    ['an instant of ISO 8601', { fields, notAfter: '2030-01-01T00:00:00+0000' }, 400, 'invalid-request', ['notAfter']],
    ['an instant with a blank', { fields, notAfter: '2030-01-01 00:00:00Z' }, 400, 'invalid-request', ['notAfter']],
    ['a day that there is not', { fields, notAfter: '2030-02-29T00:00:00Z' }, 400, 'invalid-request', ['notAfter']],
    ['an instant in the past', { fields, notAfter: '2020-01-01T00:00:00Z' }, 400, 'ttl-out-of-range', ['notAfter']],
    ['a subject of no character', { fields, subject: '' }, 400, 'invalid-request', ['subject']],
    ['a subject of 257 characters', { fields, subject: CANARY.padEnd(257) }, 400, 'invalid-request', ['subject']],
    ['a ref for a value', { fields: { email: refs } }, 400, 'ref-not-allowed', ['fields.email']],
    ['a ref inside a value', { fields: { form: [{ a: [refs] }] } }, 400, 'ref-not-allowed', ['fields.form']],
    ['the key for a null', { fields: { form: { $sensitive: null } } }, 400, 'ref-not-allowed', ['fields.form']],
    ['a field over 256 KB', { fields: { big: 'x'.repeat(256 * 1024 - 1) } }, 413, 'too-large', ['fields.big']],
    ['a field over 256 KB in UTF-8', { fields: { big: '★'.repeat(87_382) } }, 413, 'too-large', ['fields.big']],
    ['a request over 2.75 MB', { fields: { big: CANARY.repeat(180_000) } }, 413, 'too-large', undefined],
  ])('%s', async (_, body, status, code, paths) => {
    const vault = await memoryVault();
    const { refs: issued } = await vault.encrypt('web', { before: 1 });
    const answer = await vault.call('web', 'encrypt', body);
    expect(answer).toMatchObject({ status, body: { status, code }, headers: { 'Cache-Control': 'no-store' } });
    expect((answer.body as { paths?: unknown }).paths).toEqual(paths);
    expect(answer.text).not.toContain(CANARY);
    expect(answer.headers['Retry-After']).toBeUndefined();
    expect(JSON.stringify(vault.telemetry.requests)).not.toContain(CANARY);
    expect(vault.kms.calls.Encrypt).toBe(2 + 1); // the canary's two, and the field before
    expect(issued).toHaveProperty('before');
  });

  test('every fault of a body at once', async () => {
    const vault = await memoryVault();
    const { body } = await vault.call('web', 'encrypt', { fields: {}, ttlSeconds: 'long', subject: 7, more: 1 });
    expect((body as { paths: string[] }).paths.toSorted()).toEqual(['fields', 'more', 'subject', 'ttlSeconds']);
  });
});

describe('POST /encrypt takes', () => {
  test.each<[what: string, name: string, value: unknown]>([
    ['null', 'v', null],
    ['false', 'v', false],
    ['an empty text', 'v', ''],
    ['a field of exactly 256 KB', 'v', 'x'.repeat(256 * 1024 - 2)],
    ['62 levels inside the fields', 'v', JSON.parse(`${'['.repeat(62)}${']'.repeat(62)}`)],
    ['a name of 128 characters', 'x'.repeat(128), 1],
    ['a field called __proto__', '__proto__', { polluted: true }],
    ['a field called constructor', 'constructor', 1],
    ['the members __proto__ and toString', 'v', JSON.parse('{"__proto__":{"a":1},"toString":2}')],
    ['a text that looks like a ref', 'v', `dk2_${'A'.repeat(76)}`],
  ])('%s, and gives it back as it was', async (_, name, value) => {
    const vault = await memoryVault();
    const fields = `{${JSON.stringify(name)}:${JSON.stringify(value)}}`;
    const sealed = await vault.call('web', 'encrypt', `{"fields":${fields}}`);
    expect(sealed.status).toBe(200);
    const refs = sealed.text.slice('{"refs":'.length, sealed.text.indexOf('},') + 1);
    const opened = await vault.call('desk', 'decrypt', `{"refs":${refs}}`);
    expect(opened.status).toBe(200);
    expect(opened.text).toContain(`${JSON.stringify(name)}:{"status":"ok","value":${JSON.stringify(value)},`);
  });

  test('64 fields', async () => {
    const vault = await memoryVault();
    const fields = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`f${i}`, i]));
    const { refs } = await vault.encrypt('web', fields);
    expect(Object.values(await vault.decrypt('bot', refs)).map((field) => field.value)).toEqual(Object.values(fields));
  });
});

describe('an instant that nothing outlives', () => {
  test.each(['Z', 'z', '+00:00', '-00:00', '+05:30', '-08:00', '+14:00', '-23:59'])(
    'is RFC 3339, whose offset may be %s',
    async (offset) => {
      const vault = await memoryVault();
      const endS = vault.nowS() + 90;
      const [, sign, hours = 0, minutes = 0] = /^([+-])(\d\d):(\d\d)$/.exec(offset) ?? [];
      const aheadS = (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
      const upper = new Date((endS + aheadS) * 1000).toISOString().replace('Z', offset);
      const notAfter = offset === 'z' ? upper.replace('T', 't') : upper;
      const entry = { type: 'text.say', data: { text: 'x' } };
      for (const [operation, body] of [
        ['encrypt', { fields: { a: 1 }, notAfter }],
        ['incoming', { entry, notAfter }],
        ['seal-blob', { bytes: 1, notAfter }],
      ] as const) {
        const { body: answer } = await vault.call('web', operation, body);
        expect(Date.parse((answer as { expiresAt: string }).expiresAt)).toBe(endS * 1000);
      }
    },
  );
});

describe('POST /decrypt refuses', () => {
  test.each<[what: string, body: unknown, paths: string[]]>([
    ['no refs', {}, ['refs']],
    ['none of them', { refs: {} }, ['refs']],
    ['a ref that is no text', { refs: { a: 1, b: { $sensitive: 'x' } } }, ['refs.a', 'refs.b']],
    ['a list', { refs: ['x'] }, ['refs']],
    ['65 refs', { refs: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`r${i}`, 'x'])) }, ['refs']],
    ['an unknown member', { refs: { a: 'x' }, reason: 'curious' }, ['reason']],
  ])('%s', async (_, body, paths) => {
    const vault = await memoryVault();
    const answer = await vault.call('desk', 'decrypt', body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-request', paths } });
  });
});

describe('POST /erase refuses', () => {
  test.each<[what: string, body: unknown]>([
    ['neither subject nor refs', {}],
    ['both of them', { subject: 'u1', refs: { a: 'x' } }],
    ['an empty subject', { subject: '' }],
    ['no refs', { refs: {} }],
  ])('%s', async (_, body) => {
    const vault = await memoryVault();
    expect(await vault.call('desk', 'erase', body)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });
});

describe('the content type', () => {
  test.each(['application/json', 'Application/JSON', 'application/json; charset=utf-8', 'application/json ;a=b'])(
    '%s is taken',
    async (type) => {
      expect((await sentAs({ 'Content-Type': type })).status).toBe(200);
    },
  );

  test.each([
    undefined,
    '',
    'text/plain',
    'application/jsonp',
    'application/json, text/html',
    'application/problem+json',
  ])('%s is a 415', async (type) => {
    const answer = await sentAs({ 'Content-Type': type });
    expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported-media-type' } });
  });

  test('is found whatever the case of its name', async () => {
    expect((await sentAs({ 'Content-Type': undefined, 'content-type': 'application/json' })).status).toBe(200);
  });

  test('given twice with two values is a 415', async () => {
    expect((await sentAs({ 'content-type': 'text/plain' })).status).toBe(415);
  });

  async function sentAs(headers: Record<string, string | undefined>) {
    const vault = await memoryVault();
    const authorization = vault.authorizationOf('web');
    return vault.send({ operation: 'encrypt', authorization, body: { fields: { a: 1 } }, headers });
  }
});

describe('a body of bytes', () => {
  test('is decoded', async () => {
    expect((await sent(Buffer.from('{"fields":{"a":"★"}}'))).status).toBe(200);
  });

  // Decoding it anyway would store another value than was sent, without a word.
  test('that is not UTF-8 is refused', async () => {
    const bytes = Buffer.concat([Buffer.from('{"fields":{"a":"'), Buffer.of(0xff), Buffer.from('"}}')]);
    expect(await sent(bytes)).toMatchObject({ status: 400, body: { code: 'invalid-json' } });
  });

  async function sent(body: Buffer) {
    const vault = await memoryVault();
    return vault.send({ operation: 'encrypt', authorization: vault.authorizationOf('web'), body });
  }
});

describe('a broken dependency', () => {
  const broken = () => Promise.reject(new Error(`connection to ${CANARY} lost`));

  test.each([
    ['the store of API tokens', { apiTokens: () => ({ find: broken }) }],
    ['the key ring', { keyRing: () => ({ read: broken }) }],
    ['KMS', { appKek: () => ({ wrap: broken, unwrap: broken }) }],
    ['the table of bundles', { bundles: <T extends object>(real: T) => ({ ...real, insert: broken }) }],
  ])('(%s) is a 503 with Retry-After that tells nothing of it', async (_, before) => {
    const vault = await memoryVault({ before });
    const answer = await vault.call('web', 'encrypt', { fields: { a: 1 } });
    expect(answer).toMatchObject({
      status: 503,
      headers: { 'Retry-After': '1' },
      body: { code: 'unavailable', detail: 'the vault cannot answer right now: try again' },
    });
    expect(answer.text).not.toContain(CANARY);
    expect(vault.telemetry.total('Unavailable')).toBe(1);
  });

  test('that says when to come back is passed on', async () => {
    const later = new DaykeyError('unavailable', 'cannot store a bundle now', { retryAfterSeconds: 7 });
    const before = { bundles: <T extends object>(real: T) => ({ ...real, insert: () => Promise.reject(later) }) };
    const vault = await memoryVault({ before });
    const answer = await vault.call('web', 'encrypt', { fields: { a: 1 } });
    expect(answer).toMatchObject({ status: 503, headers: { 'Retry-After': '7' } });
  });
});

describe('before any work', () => {
  test('the identity is checked: a stranger learns nothing about the body', async () => {
    const vault = await memoryVault();
    const tooLarge = 'x'.repeat(3 * 1024 * 1024);
    for (const body of ['not JSON', tooLarge, undefined, { fields: {} }]) {
      const stranger = { operation: 'encrypt', authorization: 'Bearer stranger', body };
      expect(await vault.send(stranger)).toMatchObject({ status: 401 });
      const typed = { operation: 'encrypt', body, headers: { 'Content-Type': 'text/plain' } };
      expect(await vault.send(typed)).toMatchObject({ status: 401 });
    }
  });

  test('so is the trust: who may not decrypt learns nothing about a body either', async () => {
    const vault = await memoryVault();
    expect(await vault.call('analytics', 'decrypt', 'not JSON')).toMatchObject({ status: 403 });
    expect(await vault.call('analytics', 'erase', 'not JSON')).toMatchObject({ status: 403 });
  });

  test('malformed tokens cause no I/O', async () => {
    const { vault, bundles, appKek } = await counting();
    const { refs } = await vault.encrypt('web', { a: 1 });
    const token = refs.a ?? '';
    for (const port of [bundles, appKek]) port.forget();
    const malformed = ['', 'x', token.slice(0, -1), `${token}A`, ` ${token}`, token.replace('dk2_', 'dk1_')];
    const flipped = token.slice(0, 20) + (token[20] === 'A' ? 'B' : 'A') + token.slice(21);
    const asked = Object.fromEntries([...malformed, flipped, token.toUpperCase()].map((text, i) => [`r${i}`, text]));
    const values = await vault.decrypt('desk', asked);
    expect(Object.values(values)).toEqual(Object.keys(asked).map(() => ({ status: 'redacted', value: '★★★★★' })));
    expect([bundles.count(), appKek.count()]).toEqual([0, 0]);
    expect(vault.telemetry.total('FieldsRedacted', 'malformed')).toBe(8);
  });

  test('M26: expired refs cause no I/O', async () => {
    const { vault, bundles, appKek } = await counting();
    const { refs } = await vault.encrypt('web', { a: 1 }, { ttlSeconds: 60 });
    vault.advance(60);
    for (const port of [bundles, appKek]) port.forget();
    expect(await vault.decrypt('desk', refs)).toEqual({ a: { status: 'redacted', value: '★★★★★' } });
    expect([bundles.count(), appKek.count()]).toEqual([0, 0]);
    expect(vault.telemetry.total('FieldsRedacted', 'expired')).toBe(1);
  });

  test('M26: refs whose expiry is further away than any vault allows cause no I/O', async () => {
    const { vault, bundles, appKek } = await counting();
    const farthestS = vault.nowS() + MAX_TTL_SECONDS + 3600;
    const refAt = (expiresAtS: number) =>
      formatRef({ refId: refIdFor(expiresAtS, Buffer.alloc(15, 1)), index: 0, refKek: Buffer.alloc(32, 1) });
    for (const port of [bundles, appKek]) port.forget();
    const stars = { a: { status: 'redacted', value: '★★★★★' } };
    expect(await vault.decrypt('desk', { a: refAt(farthestS + 1) })).toEqual(stars);
    expect([bundles.count(), appKek.count()]).toEqual([0, 0]);
    expect(await vault.decrypt('desk', { a: refAt(farthestS) })).toEqual(stars);
    expect([bundles.count(), appKek.count()]).toEqual([1, 0]);
    expect(vault.telemetry.total('FieldsRedacted', 'too-far')).toBe(1);
    expect(vault.telemetry.total('TamperedRefs')).toBe(0);
  });

  async function counting() {
    let bundles: Counted<RequestPorts['bundles']> | undefined;
    let appKek: Counted<RequestPorts['appKek']> | undefined;
    const vault = await memoryVault({
      before: {
        bundles: (real) => {
          bundles = counted(real);
          return bundles.port;
        },
        appKek: (real) => {
          appKek = counted(real);
          return appKek.port;
        },
      },
    });
    if (!bundles || !appKek) throw new Error('nothing is counted');
    return { vault, bundles, appKek };
  }
});
