// What goes into the deployed vault comes out as it was, or is refused at once: over REST, through every real part.

import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bundleIdIn, parseRef } from '../../vault/domain/envelope/ref.ts';
import type { EncryptResponse } from '../../wire/encrypt.ts';
import { present, upTo } from '../support/envelope.ts';
import { aCodePoint, anyText } from '../support/texts.ts';
import { ask, opened, sealed } from '../support/vault.ts';

const KB = 1024;
const DAY_S = 24 * 3600;
/** Stands for a secret in requests that are refused; no answer may hold it. */
const SECRET = 'sesame-4711';

/** The JSON texts that come back, by name, for the JSON texts that went in. */
async function roundTrip(jsons: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const members = [...jsons].map(([name, json]) => `${JSON.stringify(name)}:${json}`);
  const reply = await ask('web', 'encrypt', `{"fields":{${members.join(',')}}}`);
  if (reply.status !== 200) throw new Error(`sealing was answered ${reply.status}: ${reply.text}`);
  const values = await opened((reply.body as EncryptResponse).refs);
  return new Map(
    Object.entries(values).map(([name, field]) => [name, field.status === 'ok' ? JSON.stringify(field.value) : '★']),
  );
}

function nested(depth: number): string {
  return `${'['.repeat(depth)}${']'.repeat(depth)}`;
}

describe('a value', () => {
  test.each([
    ['the empty string', '""'],
    ['null', 'null'],
    ['false', 'false'],
    ['zero', '0'],
    ['a number with a fraction', '-12.5'],
    ['an empty object', '{}'],
    ['an empty array', '[]'],
    ['the four-byte characters of UTF-8', '"𝕄 👩‍👩‍👧 \\u0000"'],
    ['250 KB of text', `"${'x'.repeat(250 * KB)}"`],
    ['60 arrays inside one another', nested(60)],
    ['the deepest nesting that a body has room for', nested(62)],
    ['an object with hostile names', '{"__proto__":{"admin":true},"constructor":1,"toString":null,"":[]}'],
  ])('comes back as it was: %s', async (_, json) => {
    expect(await roundTrip(new Map([['value', json]]))).toEqual(new Map([['value', JSON.stringify(JSON.parse(json))]]));
  });

  test('comes back as it was, whatever JSON it is', async () => {
    const name = anyText({ minLength: 1, maxLength: 64 });
    const json = fc.jsonValue({ stringUnit: aCodePoint, maxDepth: 6 }).map((value) => JSON.stringify(value));
    const fields = fc.dictionary(name, json, { minKeys: 1, maxKeys: 8, noNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(fields, async (jsons) => {
        const sent = new Map(Object.entries(jsons));
        const faithful = new Map([...sent].map(([key, text]) => [key, JSON.stringify(JSON.parse(text))]));
        expect(await roundTrip(sent)).toEqual(faithful);
      }),
      { numRuns: 30 },
    );
  });

  test.each([['__proto__'], ['constructor'], ['toString'], ['\u200b'], [' '], ['名'], ['n'.repeat(128)]])(
    'comes back under its name, %j',
    async (name) => {
      expect(await roundTrip(new Map([[name, '"x"']]))).toEqual(new Map([[name, '"x"']]));
    },
  );

  test('comes back beside 63 others', async () => {
    const jsons = new Map(upTo(64).map((i) => [`field${i}`, String(i)]));
    expect(await roundTrip(jsons)).toEqual(jsons);
  });

  test('comes back from the second bundle of a request that does not fit one', async () => {
    const [a, b] = ['a', 'b'].map((letter) => letter.repeat(250 * KB));
    const { refs } = await sealed({ a, b });
    const [first, second] = [refs.a, refs.b].map((token) => present(parseRef(present(token))));
    expect(bundleIdIn(present(first).refId)).not.toBe(bundleIdIn(present(second).refId));
    expect(await opened(refs)).toMatchObject({ a: { status: 'ok', value: a }, b: { status: 'ok', value: b } });
  });
});

describe('the end of a life', () => {
  const secondsLeft = (expiresAt: string) => (Date.parse(expiresAt) - Date.now()) / 1000;

  test.each([
    ['a day by default', {}, DAY_S],
    ['the shortest that may be asked for', { ttlSeconds: 60 }, 60],
    ['the longest that may be asked for', { ttlSeconds: DAY_S }, DAY_S],
    ['the ttlSeconds where notAfter is later', { ttlSeconds: 60, notAfter: '2999-01-01T00:00:00Z' }, 60],
  ])('is in the answer, and again in that of opening: %s', async (_, asked, seconds) => {
    const { refs, expiresAt } = await sealed({ value: 1 }, asked);
    expect(expiresAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(secondsLeft(expiresAt)).toBeLessThanOrEqual(seconds);
    expect(secondsLeft(expiresAt)).toBeGreaterThan(seconds - 10);
    expect((await opened(refs)).value).toEqual({ status: 'ok', value: 1, expiresAt });
  });

  test.each([59, 86_401])('is refused, never moved, when ttlSeconds is %d', async (ttlSeconds) => {
    const { status, body } = await ask('web', 'encrypt', { fields: { value: SECRET }, ttlSeconds });
    expect({ status, body }).toMatchObject({ status: 400, body: { code: 'ttl-out-of-range', paths: ['ttlSeconds'] } });
  });

  test('is refused when notAfter has passed', async () => {
    const notAfter = new Date(Date.now() - 5000).toISOString();
    const { status, body } = await ask('web', 'encrypt', { fields: { value: SECRET }, notAfter });
    expect({ status, body }).toMatchObject({ status: 400, body: { code: 'ttl-out-of-range', paths: ['notAfter'] } });
  });

  test('is a notAfter below 60 s: readable before that second, stars from it on', async () => {
    const endsAtMs = (Math.floor(Date.now() / 1000) + 3) * 1000;
    const { refs, expiresAt } = await sealed({ value: 'x' }, { notAfter: new Date(endsAtMs).toISOString() });
    expect(Date.parse(expiresAt)).toBe(endsAtMs);
    expect((await opened(refs)).value?.status).toBe('ok');
    await sleep(Math.max(0, endsAtMs - Date.now()));
    expect((await opened(refs)).value).toEqual({ status: 'redacted', value: '★★★★★' });
  });
});

describe('a request is refused with a code and without repeating a value', () => {
  const field = (json: string) => `{"fields":{"note":"${SECRET}","value":${json}}}`;
  const fields = (count: number) => ({ fields: Object.fromEntries(upTo(count).map((i) => [`field${i}`, SECRET])) });

  test.each<[string, string | object, number, string]>([
    ['an integer that a double cannot hold', field('9007199254740993'), 400, 'invalid-json'],
    ['a fraction that a double cannot hold', field('0.10000000000000000555'), 400, 'invalid-json'],
    ['a number beyond all doubles', field('1e400'), 400, 'invalid-json'],
    ['half a surrogate pair', field('"\\ud800"'), 400, 'invalid-json'],
    ['half a surrogate pair in a name', field('{"\\udc00":1}'), 400, 'invalid-json'],
    ['a name twice', field('{"a":1,"a":2}'), 400, 'invalid-json'],
    ['a name twice, once escaped', field('{"a":1,"\\u0061":2}'), 400, 'invalid-json'],
    ['a body 65 deep', field(nested(63)), 400, 'invalid-json'],
    ['a body far too deep', field(nested(100_000)), 400, 'invalid-json'],
    ['a body that is not JSON', `{"fields":{"value":"${SECRET}`, 400, 'invalid-json'],
    ['no body', '', 400, 'invalid-json'],
    ['a body that is no object', `"${SECRET}"`, 400, 'invalid-request'],
    ['no fields', fields(0), 400, 'invalid-request'],
    ['65 fields', fields(65), 400, 'invalid-request'],
    ['an empty name', { fields: { '': SECRET } }, 400, 'invalid-request'],
    ['a name of 129 characters', { fields: { ['n'.repeat(129)]: SECRET } }, 400, 'invalid-request'],
    ['an unknown member', { fields: { value: SECRET }, extra: SECRET }, 400, 'invalid-request'],
    ['a ref in a value', { fields: { value: { a: [{ $sensitive: SECRET }] } } }, 400, 'ref-not-allowed'],
    ['a field above 256 KB', { fields: { value: SECRET.padEnd(256 * KB - 1) } }, 413, 'too-large'],
    [
      'a request above 2.75 MB',
      { fields: Object.fromEntries(upTo(12).map((i) => [`field${i}`, SECRET.padEnd(250 * KB)])) },
      413,
      'too-large',
    ],
  ])('%s', async (_, body, status, code) => {
    const reply = await ask('web', 'encrypt', body);
    expect({ status: reply.status, body: reply.body }).toMatchObject({ status, body: { status, code } });
    expect(reply.text).not.toContain(SECRET);
  });

  test.each(['text/plain', 'application/jsonp', 'application/x-www-form-urlencoded'])(
    'a body that says it is %s',
    async (contentType) => {
      const { status, body, text } = await ask('web', 'encrypt', field('1'), { contentType });
      expect({ status, body }).toMatchObject({ status: 415, body: { code: 'unsupported-media-type' } });
      expect(text).not.toContain(SECRET);
    },
  );

  test('more than 2.75 MB to open at once', async () => {
    const { refs } = await sealed({ value: 'x'.repeat(250 * KB) });
    const { status, body } = await ask('desk', 'decrypt', {
      refs: Object.fromEntries(upTo(12).map((i) => [`copy${i}`, refs.value])),
    });
    expect({ status, body }).toMatchObject({ status: 413, body: { code: 'too-large' } });
  });
});
