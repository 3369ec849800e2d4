// Templates: stars without a filter, values and refs with one, and one call for all that a rendering opens.

import nunjucks from 'nunjucks';
import { beforeEach, describe, expect, test } from 'vitest';
import { lambdaTransport } from '../../../../client/lambda/index.ts';
import { registerFilters, type Templates } from '../../../../client/nunjucks/index.ts';
import {
  type Daykey,
  type DaykeyOptions,
  type Decrypted,
  REDACTED,
  SENSITIVE_KEY,
  Sensitive,
  type Transport,
} from '../../../../client/sdk/index.ts';
import { problem } from '../../../../wire/problem.ts';
import { upTo } from '../../../support/envelope.ts';
import { type MemoryVault, memoryVault } from '../../../support/memory-vault.ts';
import { overRest, seen } from '../sdk/callers.ts';

const EMAIL = 'maya@example.org';
const HTML = '<b onclick="x">Maya & Co</b>';
const ESCAPED = '&lt;b onclick=&quot;x&quot;&gt;Maya &amp; Co&lt;/b&gt;';

let vault: MemoryVault;
let asked: ReturnType<typeof seen>['requests'];
let daykey: Daykey;
let environment: nunjucks.Environment;
let templates: Templates;

beforeEach(async () => {
  vault = await memoryVault();
  const { requests, transport } = seen(vault);
  asked = requests;
  daykey = overRest(vault, 'desk', { transport });
  environment = new nunjucks.Environment(loaderOf({}));
  templates = registerFilters(environment, daykey);
});

function loaderOf(files: Record<string, string>): nunjucks.ILoader {
  return { getSource: (name) => ({ src: files[name] ?? '', path: name, noCache: true }) };
}

async function refTo(value: unknown, life = 3600) {
  const { refs } = await vault.encrypt('web', { value }, { ttlSeconds: life });
  return { [SENSITIVE_KEY]: String(refs.value) };
}

function revealed<T>(field: Decrypted<T> | undefined): T {
  if (field?.status !== 'ok') throw new Error('the field is redacted');
  return field.value.reveal();
}

/** What a ref in the output stands for. */
async function opened(text: string): Promise<unknown> {
  const ref = JSON.parse(text) as { [SENSITIVE_KEY]: string };
  expect(Object.keys(ref)).toEqual([SENSITIVE_KEY]);
  return revealed((await overRest(vault).decrypt({ it: ref[SENSITIVE_KEY] })).it);
}

function asksFor(operation: string): number {
  return asked.filter((request) => request.operation === operation).length;
}

describe('a ref without a filter is stars', () => {
  test.each([
    ['{{ user.email }}', REDACTED],
    ['{% for each in [user.email, user.list[0]] %}{{ each }} {% endfor %}', `${REDACTED} ${REDACTED} `],
    ['{{ "to " ~ user.email ~ "." }}', `to ${REDACTED}.`],
    ['{{ "to " + user.email }}', `to ${REDACTED}`],
    ['{{ user.list | join(", ") }}', `${REDACTED}, ${REDACTED}`],
    ['{{ user.email | string }}', REDACTED],
    ['{{ user.email | upper }}', REDACTED],
    ['{{ user.email | safe }}', REDACTED],
    ['{{ user.email | replace("x", "y") }}', REDACTED],
    ['{{ user.email | urlencode }}', encodeURIComponent(REDACTED)],
    ['{{ user | dump | safe }}', JSON.stringify({ email: REDACTED, name: 'Maya', list: [REDACTED, REDACTED] })],
    ['{{ user.email.$sensitive }}{{ user.email["$sensitive"] }}{{ user.email.redacted }}', ''],
    ['{{ user.email.toString() }} {{ user.email.valueOf() }}', `${REDACTED} ${REDACTED}`],
    ['{% set copy = user.email %}{{ copy }}', REDACTED],
    ['{% macro show(it) %}{{ it }}{% endmacro %}{{ show(user.email) }}', REDACTED],
    ['{{ opened }} {{ [opened] | dump | safe }} {{ opened.reveal }}', `${REDACTED} ["${REDACTED}"] `],
  ])('%s', async (source, text) => {
    const email = await refTo(EMAIL);
    const user = { email, name: 'Maya', list: [email, email] };
    const wrapped = new Sensitive(EMAIL, new Date(Date.UTC(2030, 0)));
    expect(await templates.renderString(source, { user, opened: wrapped })).toBe(text);
    expect(asked).toEqual([]);
  });

  test('and the state stays as it was', async () => {
    const user = { email: await refTo(EMAIL) };
    const before = JSON.stringify(user);
    await templates.renderString('{{ user.email }}{{ user.email | decrypt }}', { user });
    expect(JSON.stringify(user)).toBe(before);
  });
});

describe('decrypt', () => {
  test('prints the value', async () => {
    const user = { email: await refTo(EMAIL), age: await refTo(41) };
    const source = 'to {{ user.email | decrypt }}, {{ user.age | decrypt }}';
    expect(await templates.renderString(source, { user })).toBe(`to ${EMAIL}, 41`);
  });

  test('escapes HTML in the value', async () => {
    const context = { name: await refTo(HTML) };
    expect(await templates.renderString('<p>{{ name | decrypt }}</p>', context)).toBe(`<p>${ESCAPED}</p>`);
    expect(await templates.renderString('{{ "<i>" ~ (name | decrypt) }}', context)).toBe(`&lt;i&gt;${ESCAPED}`);
  });

  test('opens all of a rendering in one call: in loops, conditions, macros, includes and blocks', async () => {
    const loader = loaderOf({
      'base.njk': '{% block head %}{% endblock %}{% block body %}{% endblock %}',
      'part.njk': '{{ user.phone | decrypt }};',
      'macros.njk': '{% macro shout(it) %}{{ it | decrypt | upper }};{% endmacro %}',
      'page.njk': [
        '{% extends "base.njk" %}{% from "macros.njk" import shout %}',
        '{% block head %}{{ user.name | decrypt }};{% include "part.njk" %}{% endblock %}',
        '{% block body %}{% for each in list %}{{ each | decrypt }};{% endfor %}',
        '{% if (user.name | decrypt) != "Ada" %}{{ shout(user.name) }}{% endif %}',
        '{{ list | last | decrypt }}{% endblock %}',
      ].join(''),
    });
    const list = await Promise.all(upTo(30).map((at) => refTo(`n${at}`)));
    const user = { name: await refTo('Maya'), phone: await refTo('555-0100') };
    const page = registerFilters(new nunjucks.Environment(loader), daykey);
    const expected = `Maya;555-0100;${upTo(30)
      .map((at) => `n${at};`)
      .join('')}MAYA;n29`;
    expect(await page.render('page.njk', { user, list })).toBe(expected);
    expect(asked.map(({ operation }) => operation)).toEqual(['decrypt']);
    expect(Object.keys(asked[0]?.body.refs ?? {})).toHaveLength(32);
  });

  test('asks again where what to open depends on what was opened', async () => {
    const source = '{% if (plan | decrypt) == "gold" %}{{ phone | decrypt }}{% endif %}';
    const context = { plan: await refTo('gold'), phone: await refTo('555-0100') };
    expect(await templates.renderString(source, context)).toBe('555-0100');
    expect(asksFor('decrypt')).toBe(2);
  });

  test('opens nothing that no template shows', async () => {
    const context = { shown: await refTo('a'), hidden: await refTo('b') };
    await templates.renderString(
      '{{ shown | decrypt }}{{ hidden }}{% if false %}{{ hidden | decrypt }}{% endif %}',
      context,
    );
    expect(Object.values(asked[0]?.body.refs ?? {})).toEqual([context.shown[SENSITIVE_KEY]]);
  });

  test('leaves what is no ref as it is, and opens refs inside of it', async () => {
    const form = { email: await refTo(EMAIL), lang: 'en', at: [await refTo(1)] };
    expect(await templates.renderString('{{ "plain" | decrypt }}{{ none | decrypt }}', {})).toBe('plain');
    expect(await templates.renderString('{{ form | decrypt | dump | safe }}', { form })).toBe(
      JSON.stringify({ email: EMAIL, lang: 'en', at: [1] }),
    );
  });

  test('shows what is wrapped already without a call', async () => {
    const wrapped = new Sensitive(HTML, new Date(Date.UTC(2030, 0)));
    expect(await templates.renderString('{{ it | decrypt }}', { it: wrapped })).toBe(ESCAPED);
    expect(asked).toEqual([]);
  });

  test('is stars after the end of a life', async () => {
    const user = { email: await refTo(EMAIL, 60) };
    vault.advance(60);
    expect(await templates.renderString('{{ user.email | decrypt }}', { user })).toBe(REDACTED);
  });

  test('is stars for someone who may not decrypt', async () => {
    const other = registerFilters(new nunjucks.Environment(null), overRest(vault, 'analytics'));
    const user = { email: await refTo(EMAIL), phone: await refTo('555-0100') };
    const source = '{{ user.email | decrypt }} {{ user.phone | decrypt }}';
    expect(await other.renderString(source, { user })).toBe(`${REDACTED} ${REDACTED}`);
  });

  test('of a vault that does not answer is the problem itself', async () => {
    const down = overRest(vault, 'desk', { transport: async () => ({ status: 503, body: undefined }) });
    const broken = registerFilters(new nunjucks.Environment(null), down);
    const call = broken.renderString('{{ it | decrypt }}', { it: await refTo(1) });
    await expect(call).rejects.toMatchObject({ name: 'DaykeyProblem', code: 'unavailable' });
  });

  test('lets filters that do not understand stars try again with the value', async () => {
    environment.addFilter('parsed', (text: string) => JSON.parse(text));
    const context = { json: await refTo('{"a":1}') };
    expect(await templates.renderString('{{ (json | decrypt | parsed).a }}', context)).toBe('1');
  });
});

describe('encrypt', () => {
  test('prints a ref as JSON that stands for the value', async () => {
    const text = await templates.renderString('{{ email | encrypt }}', { email: HTML });
    expect(await opened(text)).toBe(HTML);
  });

  test('seals all of a rendering in one call, equal values in one field', async () => {
    const source = '[{% for each in list %}{{ each | encrypt }},{% endfor %}{{ "n0" | encrypt }}]';
    const refs = JSON.parse(await templates.renderString(source, { list: upTo(20).map((at) => `n${at}`) }));
    expect(refs).toHaveLength(21);
    expect(refs[20]).toEqual(refs[0]);
    expect(new Set(refs.map(JSON.stringify)).size).toBe(20);
    expect(asked.map(({ operation }) => operation)).toEqual(['encrypt']);
  });

  test.each([
    '{{ { type: "text.say", data: { text: text | encrypt, lang: "en" } } | dump | safe }}',
    '{"type": "text.say", "data": {"text": {{ text | encrypt }}, "lang": "en"}}',
  ])('goes into JSON that a template builds: %s', async (source) => {
    const entry = JSON.parse(await templates.renderString(source, { text: EMAIL }));
    expect(entry).toEqual({ type: 'text.say', data: { text: { [SENSITIVE_KEY]: expect.any(String) }, lang: 'en' } });
    expect(await opened(JSON.stringify(entry.data.text))).toBe(EMAIL);
  });

  test('of a ref is that ref, and makes no request', async () => {
    const email = await refTo(EMAIL, 60);
    const source = '{% set copy = user.email | encrypt %}{{ copy }}';
    expect(JSON.parse(await templates.renderString(source, { user: { email } }))).toEqual(email);
    expect(asked).toEqual([]);
  });

  test('can be decrypted again in the same template', async () => {
    expect(await templates.renderString('{% set ref = it | encrypt %}{{ ref | decrypt }}', { it: HTML })).toBe(ESCAPED);
  });

  test.each<[what: string, source: string]>([
    ['of what a template opened', '{{ email | decrypt | encrypt }}'],
    ['of what was made of it', '{{ ((email | decrypt | upper) ~ "!") | encrypt }}'],
    ['of what was wrapped', '{{ wrapped | encrypt }}'],
    ['of what is inside', '{{ { it: wrapped } | encrypt }}'],
  ])('%s ends when it would have ended', async (_, source) => {
    const wrapped = new Sensitive(EMAIL, new Date((vault.nowS() + 60) * 1000));
    const text = await templates.renderString(source, { email: await refTo(EMAIL, 60), wrapped });
    expect(await opened(text)).not.toContain(REDACTED);
    vault.advance(60);
    await expect(opened(text)).rejects.toThrow('redacted');
  });

  test.each([
    [
      'of what a template changed seals what this round made of it',
      '{% set l = x | decrypt %}{{ l.shift() | encrypt }}',
      'a',
    ],
    [
      'of what another filter changed as well',
      '{% set l = x | decrypt %}{% set _ = l.shift() %}{{ l[0] | encrypt }}',
      'b',
    ],
  ])('%s', async (_, source, value) => {
    const wrapped = new Sensitive(['a', 'b', 'c'], new Date((vault.nowS() + 60) * 1000));
    for (const x of [await refTo(['a', 'b', 'c']), wrapped]) {
      expect(await opened(await templates.renderString(source, { x }))).toBe(value);
    }
    expect(wrapped.reveal()).toEqual(['a', 'b', 'c']);
  });

  test('takes an end as text, and refuses one that is none', async () => {
    const until = (instant: string) => templates.renderString(`{{ 'x' | encrypt(notAfter='${instant}') }}`);
    const text = await until(new Date((vault.nowS() + 60) * 1000).toISOString());
    expect(await opened(text)).toBe('x');
    vault.advance(60);
    await expect(opened(text)).rejects.toThrow('redacted');
    await expect(until('tomorrow')).rejects.toMatchObject({ code: 'invalid-request', paths: ['notAfter'] });
  });

  test('lives longer only where extendLife says so', async () => {
    const source = '{{ email | decrypt | encrypt(extendLife=true, ttlSeconds=3600) }}';
    const text = await templates.renderString(source, { email: await refTo(EMAIL, 60) });
    vault.advance(3599);
    expect(await opened(text)).toBe(EMAIL);
  });

  test('takes ttlSeconds and subject by name, and seals in one call for each', async () => {
    const source =
      '{{ "a" | encrypt(ttlSeconds=60) }}|{{ "b" | encrypt(subject="maya") }}|{{ "c" | encrypt(ttlSeconds=60) }}';
    const [a = '', b = ''] = (await templates.renderString(source)).split('|');
    expect(asksFor('encrypt')).toBe(2);
    vault.advance(60);
    await expect(opened(a)).rejects.toThrow('redacted');
    expect(await opened(b)).toBe('b');
    expect(await daykey.erase({ subject: 'maya' })).toBe(1);
  });

  test.each<[what: string, source: string]>([
    ['an option that there is none', '{{ "a" | encrypt(ttl=60) }}'],
    ['an option without a name', '{{ "a" | encrypt(60) }}'],
    ['nothing at all', '{{ nothing | encrypt }}'],
    ['a ref inside of the value', '{{ { it: email } | encrypt }}'],
  ])('of %s is refused', async (_, source) => {
    await expect(templates.renderString(source, { email: await refTo(EMAIL) })).rejects.toThrow(
      /takes|undefined|reserved/,
    );
  });

  test('of something that only calls itself a ref is refused, not printed', async () => {
    const forged = { [SENSITIVE_KEY]: '<script>alert(1)</script>' };
    const call = templates.renderString('{{ forged | encrypt }}', { forged });
    await expect(call).rejects.toThrow('holds no ref');
    await expect(call).rejects.not.toThrow('script');
  });
});

describe('redact', () => {
  test('is stars, whatever it is given, and nothing for nothing', async () => {
    const source =
      '{{ "a" | redact }} {{ 7 | redact }} {{ user | redact }} {{ user.email | decrypt | redact }}{{ none | redact }}';
    const user = { email: await refTo(EMAIL) };
    expect(await templates.renderString(source, { user })).toBe(Array(4).fill(REDACTED).join(' '));
  });
});

describe('an environment', () => {
  test('without autoescape is refused, also when it is switched off later', async () => {
    const raw = new nunjucks.Environment(null, { autoescape: false });
    expect(() => registerFilters(raw, daykey)).toThrow('autoescape is off');
    (environment as unknown as { opts: { autoescape: boolean } }).opts.autoescape = false;
    await expect(templates.renderString('x')).rejects.toThrow('autoescape is off');
  });

  test.each(['decrypt', 'encrypt'])('by itself does not %s, because it would not wait for the vault', (filter) => {
    expect(() => environment.renderString(`{{ "a" | ${filter} }}`, {})).toThrow('registerFilters');
  });

  test('reports what is wrong with a template', async () => {
    await expect(templates.renderString('{{ a | nope }}')).rejects.toThrow('filter not found: nope');
    await expect(templates.renderString('{% if %}')).rejects.toThrow();
  });

  test('with asynchronous filters keeps renderings apart', async () => {
    environment.addFilter(
      'later',
      (value: unknown, done: (error: null, value: unknown) => void) => setTimeout(done, 5, null, value),
      true,
    );
    const source = '{{ a | decrypt }}{{ "-" | later }}{{ b | decrypt }}';
    const rendered = upTo(5).map(async (at) =>
      templates.renderString(source, { a: await refTo(`a${at}`), b: await refTo(`b${at}`) }),
    );
    expect(await Promise.all(rendered)).toEqual(upTo(5).map((at) => `a${at}-b${at}`));
    expect(asksFor('decrypt')).toBe(5);
  });

  test('with a ref in a global prints nothing of the value', async () => {
    environment.addGlobal('owner', await refTo(EMAIL));
    expect(await templates.renderString('{{ owner }} {{ owner | decrypt }}')).toBe(`[object Object] ${EMAIL}`);
  });

  test('with a template that wants something new each time gives up', async () => {
    let drawn = 0;
    environment.addGlobal('draw', () => `lot ${drawn++}`);
    await expect(templates.renderString('{{ draw() | encrypt }}')).rejects.toThrow(
      'asked for new values in each of 10 renderings',
    );
  });
});

describe('decrypt prints stars only for the vault’s own refusal:', () => {
  const FORBIDDEN = problem('forbidden');
  const printed = async (more: Partial<DaykeyOptions>) => {
    const filters = registerFilters(new nunjucks.Environment(null), overRest(vault, 'desk', more));
    return filters.renderString('Dear {{ it | decrypt }}', { it: await refTo(EMAIL) });
  };
  const answering =
    (status: number, body: unknown): Transport =>
    async () => ({ status, body });
  const lambdaThat = (name: string, httpStatusCode: number): Transport => {
    const error = Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });
    const functions = { decrypt: 'vault-decrypt:direct' };
    return lambdaTransport({ functions, client: { send: () => Promise.reject(error) } });
  };
  /** A transport that fails so many times before the vault answers. */
  const after = (failures: number, failing: Transport): Transport => {
    const { transport } = seen(vault);
    let requests = 0;
    return (request) => {
      requests += 1;
      return requests > failures ? transport(request) : failing(request);
    };
  };

  test('a 403 that is wholly the vault’s', async () => {
    expect(await printed({ transport: answering(403, FORBIDDEN) })).toBe(`Dear ${REDACTED}`);
  });

  test.each<[what: string, transport: () => Transport, code: string]>([
    ['a web ACL that API Gateway speaks for', () => answering(403, problem('blocked')), 'blocked'],
    ['a firewall with a page', () => answering(403, undefined), 'refused'],
    ['a firewall with other JSON', () => answering(403, { code: 'forbidden', detail: 'no' }), 'refused'],
    ['a proxy that wants a password', () => answering(407, undefined), 'refused'],
    ['a route that is not there', () => answering(404, undefined), 'refused'],
    ['a token that ended', () => answering(401, problem('unauthenticated')), 'unauthenticated'],
    ['a page with status 200', () => answering(200, undefined), 'unintelligible'],
    ['a role that may not invoke', () => lambdaThat('AccessDeniedException', 403), 'refused'],
    ['a function that is gone', () => lambdaThat('ResourceNotFoundException', 404), 'refused'],
    ['credentials that stay expired', () => lambdaThat('ExpiredTokenException', 403), 'unreachable'],
    ['a function that stays busy', () => lambdaThat('ResourceConflictException', 409), 'unreachable'],
    ['a firewall that keeps throttling', () => answering(429, undefined), 'unavailable'],
  ])('%s rejects the rendering', async (_, transport, code) => {
    await expect(printed({ transport: transport() })).rejects.toMatchObject({ name: 'DaykeyProblem', code });
  });

  test.each<[what: string, transport: () => Transport]>([
    ['credentials that expired', () => lambdaThat('ExpiredTokenException', 403)],
    ['a function that is being updated', () => lambdaThat('ResourceConflictException', 409)],
    ['a firewall that throttles', () => answering(429, undefined)],
    ['a gateway that broke', () => answering(502, undefined)],
  ])('%s are tried again, and then the value is printed', async (_, transport) => {
    expect(await printed({ transport: after(2, transport()) })).toBe(`Dear ${EMAIL}`);
  });

  test.each([60, new Map(), AbortSignal.abort()])('options that are %o are refused', async (options) => {
    const filters = registerFilters(new nunjucks.Environment(null), overRest(vault));
    const rendering = filters.renderString('{{ "x" | encrypt }}', {}, options as object);
    await expect(rendering).rejects.toMatchObject({ code: 'invalid-request', paths: ['options'] });
  });

  test('a rendering ends with its signal', async () => {
    const options = { signal: AbortSignal.timeout(20) };
    const hanging = overRest(vault, 'desk', { transport: () => new Promise(() => {}) });
    const filters = registerFilters(new nunjucks.Environment(null), hanging);
    for (const source of ['{{ it | decrypt }}', '{{ "x" | encrypt }}']) {
      const rendering = filters.renderString(source, { it: { [SENSITIVE_KEY]: 'dk1_x' } }, options);
      await expect(rendering).rejects.toMatchObject({ code: 'timed-out' });
    }
  });
});
