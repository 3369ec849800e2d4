import { beforeEach, describe, expect, test } from 'vitest';
import { MAX_THREAD_TAGS } from '../../../../../vault/domain/console/log-row.ts';
import { IDLE_S, LOGIN_S, SESSION_S } from '../../../../../vault/domain/console/session.ts';
import { LISTED_APPS } from '../../../../../vault/domain/console/viewers.ts';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import { holderName, type KeyHolder } from '../../../../../vault/domain/kek-life/holder.ts';
import { answerBrowser, type ConsoleDeps } from '../../../../../vault/operations/console/console-app.ts';
import type { ConsoleAnswer } from '../../../../../vault/operations/console/http.ts';
import { withRememberedSight } from '../../../../../vault/usecases/console/remembered-sight.ts';
import { browserCall, consoleParts, PAGE_URL, PERSON, signInAs, VIEWERS } from '../../../../support/console-vault.ts';
import type { MemoryVault } from '../../../../support/memory-vault.ts';

const EMAIL = 'maya@example.org';
const REASON = 'A customer asks for her data';

let vault: MemoryVault;
let deps: ConsoleDeps;
beforeEach(async () => {
  ({ vault, deps } = await consoleParts(signInAs()));
});

function cookies(answer: ConsoleAnswer): string[] {
  return answer.headers.filter(([name]) => name === 'Set-Cookie').map(([, value]) => value);
}

function header(answer: ConsoleAnswer, wanted: string): string | undefined {
  return answer.headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
}

function pair(cookie = ''): string {
  return cookie.split(';', 1)[0] ?? '';
}

type More = Parameters<typeof browserCall>[1];
const ask = (route: string, more?: More) => answerBrowser(deps, browserCall(route, more));

/** The session cookie and the CSRF token of a fresh sign-in. */
async function signedIn(): Promise<{ cookie: string; csrf: string }> {
  const login = pair(cookies(await ask('GET /sign-in'))[0]);
  const back = await ask('GET /callback', { query: { code: 'c', state: 's1' }, headers: { cookie: login } });
  const cookie = pair(cookies(back).find((each) => each.startsWith('__Host-session=')));
  const { csrf } = JSON.parse((await ask('GET /api/session', { headers: { cookie } })).text);
  return { cookie, csrf };
}

async function sayForm(): Promise<void> {
  const entry = { type: 'form.answer', id: 'e-1', user: { type: 'user' }, data: { answers: { email: EMAIL } } };
  expect((await vault.call('web', 'incoming', { entry, thread: { mode: 'prechat' } })).status).toBe(200);
}

async function firstPosition(cookie: string): Promise<string> {
  const { text } = await ask('GET /api/log', { query: { app: 'shop' }, headers: { cookie } });
  return JSON.parse(text).rows[0].position;
}

function revealCall(cookie: string, csrf: string, position: string, more: object = {}): More {
  const body = { app: 'shop', position, field: 0, reason: REASON, ...more };
  return { headers: { cookie, 'x-daykey-csrf': csrf }, body };
}

describe('every answer', () => {
  test.each(['GET ', 'GET /page.js', 'GET /sign-in', 'GET /api/log', 'GET /nothing', 'POST /api/reveal'])(
    '%s cannot be stored, framed, sniffed or read by another site',
    async (route) => {
      const answer = await ask(route);
      expect(header(answer, 'cache-control')).toBe('no-store');
      expect(header(answer, 'x-frame-options')).toBe('DENY');
      expect(header(answer, 'x-content-type-options')).toBe('nosniff');
      expect(header(answer, 'cross-origin-resource-policy')).toBe('same-origin');
      const policy = header(answer, 'content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("require-trusted-types-for 'script'");
      expect(policy).not.toContain('unsafe');
    },
  );

  test('only the page may fetch from the bucket, and show what its script has decrypted', async () => {
    const policyOf = async (route: string) => header(await ask(route), 'content-security-policy') ?? '';
    const directives = (await policyOf('GET ')).split('; ');
    expect(directives).toEqual(
      expect.arrayContaining(["connect-src 'self' https://blobs.example", 'img-src blob:', 'media-src blob:']),
    );
    expect(directives.filter((directive) => directive.includes('blob'))).toHaveLength(3);
    for (const route of ['GET /page.js', 'GET /api/log']) expect(await policyOf(route)).not.toMatch(/blob|connect/);
  });

  test('cookies are for this host only, out of reach of scripts and of other sites', async () => {
    const begun = await ask('GET /sign-in');
    expect(cookies(begun)[0]).toMatch(/^__Host-login=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/);
    const login = pair(cookies(begun)[0]);
    const back = await ask('GET /callback', { query: { code: 'c', state: 's1' }, headers: { cookie: login } });
    expect(cookies(back)).toEqual([
      expect.stringMatching(/^__Host-login=; .*Max-Age=0$/),
      expect.stringMatching(/^__Host-session=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=\d+$/),
    ]);
    expect([back.status, header(back, 'location')]).toEqual([303, PAGE_URL]);
  });
});

describe('without a session', () => {
  test.each([
    'GET /api/session',
    'GET /api/log',
    'GET /api/entry',
    'GET /api/reveals',
    'GET /api/keys',
    'POST /api/reveal',
    'POST /api/thread',
    'POST /sign-out',
  ])('%s is refused with 401', async (route) => {
    expect((await ask(route)).status).toBe(401);
    expect((await ask(route, { headers: { cookie: '__Host-session=guess' } })).status).toBe(401);
  });

  test('a session ends when it is idle, and polls do not make it last', async () => {
    const { cookie } = await signedIn();
    const session = (headers: Record<string, string> = {}) =>
      ask('GET /api/session', { headers: { cookie, ...headers } });
    for (let passedS = 60; passedS < IDLE_S; passedS += 60) {
      vault.advance(60);
      expect((await session({ 'x-daykey-poll': '1' })).status).toBe(200);
    }
    vault.advance(60);
    expect((await session()).status).toBe(401);
  });

  test('a session ends at its absolute end, however much it is used', async () => {
    const { cookie } = await signedIn();
    for (let passedS = 0; passedS + 600 < SESSION_S; passedS += 600) {
      vault.advance(600);
      expect((await ask('GET /api/session', { headers: { cookie } })).status).toBe(200);
    }
    vault.advance(600);
    expect((await ask('GET /api/session', { headers: { cookie } })).status).toBe(401);
  });

  test('signing out ends the session on the server too', async () => {
    const { cookie, csrf } = await signedIn();
    const headers = { cookie, 'x-daykey-csrf': csrf };
    const out = await ask('POST /sign-out', { headers, body: {} });
    expect([out.status, cookies(out)[0]]).toEqual([200, expect.stringMatching(/^__Host-session=; .*Max-Age=0$/)]);
    expect((await ask('GET /api/session', { headers: { cookie } })).status).toBe(401);
  });
});

describe('sign-in', () => {
  const failed = [303, `${PAGE_URL}#sign-in-failed`];
  const outcome = (answer: ConsoleAnswer) => [answer.status, header(answer, 'location')];
  const hasSession = (answer: ConsoleAnswer) => cookies(answer).some((each) => each.startsWith('__Host-session='));

  test('a callback without the cookie of its sign-in makes no session', async () => {
    await ask('GET /sign-in');
    const back = await ask('GET /callback', { query: { code: 'c', state: 's1' } });
    expect([outcome(back), hasSession(back)]).toEqual([failed, false]);
  });

  test('a callback that is sent again makes no second session', async () => {
    const login = pair(cookies(await ask('GET /sign-in'))[0]);
    const call = { query: { code: 'c', state: 's1' }, headers: { cookie: login } };
    expect(hasSession(await ask('GET /callback', call))).toBe(true);
    expect(hasSession(await ask('GET /callback', call))).toBe(false);
  });

  test('the state of another sign-in makes no session', async () => {
    const login = pair(cookies(await ask('GET /sign-in'))[0]);
    const back = await ask('GET /callback', { query: { code: 'c', state: 's2' }, headers: { cookie: login } });
    expect([outcome(back), hasSession(back)]).toEqual([failed, false]);
  });

  test('a sign-in that took too long makes no session', async () => {
    const login = pair(cookies(await ask('GET /sign-in'))[0]);
    vault.advance(LOGIN_S);
    const back = await ask('GET /callback', { query: { code: 'c', state: 's1' }, headers: { cookie: login } });
    expect(outcome(back)).toEqual(failed);
  });

  test('a session cookie that was planted before is not the one of the session', async () => {
    const login = pair(cookies(await ask('GET /sign-in'))[0]);
    const planted = '__Host-session=planted';
    const headers = { cookie: `${login}; ${planted}` };
    await ask('GET /callback', { query: { code: 'c', state: 's1' }, headers });
    expect((await ask('GET /api/session', { headers: { cookie: planted } })).status).toBe(401);
  });

  test('two cookies of one name are none', async () => {
    const { cookie } = await signedIn();
    expect((await ask('GET /api/session', { headers: { cookie: `${cookie}; __Host-session=x` } })).status).toBe(401);
  });

  test('nothing in a callback decides where the browser goes', async () => {
    const query = { code: 'c', state: 's1', redirect: 'https://evil.example', next: '//evil.example' };
    expect(outcome(await ask('GET /callback', { query }))).toEqual(failed);
  });

  test('the subject of a person is never cut: one that is longer than OpenID Connect allows signs no one in', async () => {
    const subjects = ['a', 'b'].map((end) => 'x'.repeat(254) + end);
    const kept: string[] = [];
    const { keep } = deps.sessions;
    deps.sessions.keep = (hash, session, endsAtS) => {
      kept.push(session.person.subject);
      return keep(hash, session, endsAtS);
    };
    for (const sub of [...subjects, 'x'.repeat(256)]) {
      deps = { ...deps, signIn: signInAs({ ...PERSON, sub }) };
      const login = pair(cookies(await ask('GET /sign-in'))[0]);
      await ask('GET /callback', { query: { code: 'c', state: 's1' }, headers: { cookie: login } });
    }
    expect(kept).toEqual(subjects);
  });

  test('a name that is cut in the middle of a character stays a text', async () => {
    deps = { ...deps, signIn: signInAs({ ...PERSON, email: `${'x'.repeat(199)}😀` }) };
    const { cookie } = await signedIn();
    const { name } = JSON.parse((await ask('GET /api/session', { headers: { cookie } })).text);
    expect(name).toBe(`${'x'.repeat(199)}\ufffd`);
  });

  test('a person whose claims show no app sees none', async () => {
    ({ vault, deps } = await consoleParts(signInAs({ ...PERSON, groups: ['others'] })));
    const { cookie } = await signedIn();
    const { text } = await ask('GET /api/session', { headers: { cookie } });
    expect(JSON.parse(text).apps).toEqual([]);
    expect((await ask('GET /api/log', { query: { app: 'shop' }, headers: { cookie } })).status).toBe(403);
  });
});

describe('a reveal', () => {
  let cookie: string;
  let csrf: string;
  let position: string;
  beforeEach(async () => {
    await sayForm();
    ({ cookie, csrf } = await signedIn());
    position = await firstPosition(cookie);
  });

  test('shows the value, and the reveals of the day say who, when and why', async () => {
    const { status, text } = await ask('POST /api/reveal', revealCall(cookie, csrf, position, { ticket: 'INC-7' }));
    expect([status, JSON.parse(text)]).toEqual([
      200,
      { revealed: { status: 'ok', value: EMAIL, expiresAt: expect.any(String) }, entryId: 'e-1' },
    ]);
    const day = new Date(vault.clock()).toISOString().slice(0, 10);
    const { text: listed } = await ask('GET /api/reveals', { query: { app: 'shop', day }, headers: { cookie } });
    expect(JSON.parse(listed).reveals).toMatchObject([
      { at: expect.any(String), person: PERSON.email, reason: REASON, ticket: 'INC-7', field: expect.any(String) },
    ]);
    expect(listed).not.toContain(EMAIL);
  });

  test.each([
    ['no reason', { reason: undefined }],
    ['a reason that is too short', { reason: 'because' }],
    ['a reason of blanks', { reason: ' '.repeat(50) }],
    ['a reason that is too long', { reason: 'x'.repeat(501) }],
    ['a ticket that is a sentence', { ticket: 'please see the mail' }],
    ['an unknown member', { force: true }],
    ['a field below the first', { field: -1 }],
    ['a position that is none', { position: 'x' }],
  ])('with %s is refused, before any key is used', async (_, wrong) => {
    const { status } = await ask('POST /api/reveal', revealCall(cookie, csrf, position, wrong));
    expect([status, vault.logKey.uses]).toEqual([400, 0]);
  });

  test('needs the ticket where the settings ask for it', async () => {
    deps = { ...deps, requireTicket: true };
    const { status, text } = await ask('POST /api/reveal', revealCall(cookie, csrf, position));
    const detail = 'ticket: this vault asks for the ticket of each reveal';
    expect([status, JSON.parse(text)]).toMatchObject([400, { detail, paths: ['ticket'] }]);
    expect((await ask('POST /api/reveal', revealCall(cookie, csrf, position, { ticket: 'INC-7' }))).status).toBe(200);
  });

  test.each([
    ['without the CSRF token', {}],
    ['with another one', { 'x-daykey-csrf': 'x'.repeat(43) }],
  ])('%s is refused', async (_, headers) => {
    const call = { ...revealCall(cookie, csrf, position), headers: { cookie, ...headers } };
    expect([(await ask('POST /api/reveal', call)).status, vault.logKey.uses]).toEqual([403, 0]);
  });

  test('from its own page is served, whatever the browser says of where it comes from', async () => {
    const own = { 'sec-fetch-site': 'same-origin', origin: new URL(PAGE_URL).origin };
    const call = { ...revealCall(cookie, csrf, position), headers: { cookie, 'x-daykey-csrf': csrf, ...own } };
    expect((await ask('POST /api/reveal', call)).status).toBe(200);
  });

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another host of the site', { 'sec-fetch-site': 'same-site' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['a hidden origin', { origin: 'null' }],
  ])('from %s is refused even with the CSRF token', async (_, headers) => {
    const call = { ...revealCall(cookie, csrf, position), headers: { cookie, 'x-daykey-csrf': csrf, ...headers } };
    expect([(await ask('POST /api/reveal', call)).status, vault.logKey.uses]).toEqual([403, 0]);
  });

  test('of an app that the person does not see is refused', async () => {
    const call = revealCall(cookie, csrf, position, { app: 'clinic' });
    expect([(await ask('POST /api/reveal', call)).status, vault.logKey.uses]).toEqual([403, 0]);
  });

  test('after the expiry gives stars, without using any key', async () => {
    vault.advance(24 * 3600);
    ({ cookie, csrf } = await signedInAgain());
    const { text } = await ask('POST /api/reveal', revealCall(cookie, csrf, position));
    expect([JSON.parse(text).revealed, vault.logKey.uses]).toEqual([{ status: 'redacted', value: '★★★★★' }, 0]);
  });

  test('of a value that was erased gives stars', async () => {
    vault.ports.bundles.find = () => Promise.resolve([]);
    const { text } = await ask('POST /api/reveal', revealCall(cookie, csrf, position));
    expect(JSON.parse(text).revealed).toEqual({ status: 'redacted', value: '★★★★★' });
  });

  test('without an audit store gives 503 and no value', async () => {
    vault.ports.audit.record = () => Promise.reject(new Error('no audit table'));
    const { status, text } = await ask('POST /api/reveal', revealCall(cookie, csrf, position));
    expect(status).toBe(503);
    expect(text).not.toContain(EMAIL);
  });

  async function signedInAgain(): Promise<{ cookie: string; csrf: string }> {
    const login = pair(cookies(await ask('GET /sign-in'))[0]);
    const back = await ask('GET /callback', { query: { code: 'c', state: 's2' }, headers: { cookie: login } });
    const fresh = pair(cookies(back).find((each) => each.startsWith('__Host-session=')));
    return {
      cookie: fresh,
      csrf: JSON.parse((await ask('GET /api/session', { headers: { cookie: fresh } })).text).csrf,
    };
  }
});

describe('browsing', () => {
  test('hundreds of entries makes no KMS call, uses no log key, reads no bundle and answers no ref', async () => {
    for (let entry = 0; entry < 250; entry += 1) await sayForm();
    const { cookie } = await signedIn();
    const kmsCalls = { ...vault.kms.calls };
    let reads = 0;
    const find = vault.ports.bundles.find.bind(vault.ports.bundles);
    vault.ports.bundles.find = (...keys) => {
      reads += 1;
      return find(...keys);
    };
    const answers: string[] = [];
    const positions: string[] = [];
    let before: string | undefined;
    do {
      const query = before === undefined ? { app: 'shop' } : { app: 'shop', before };
      const { status, text } = await ask('GET /api/log', { query, headers: { cookie } });
      expect(status).toBe(200);
      answers.push(text);
      const page = JSON.parse(text);
      positions.push(...page.rows.map((row: { position: string }) => row.position));
      before = page.next;
    } while (before !== undefined);
    expect(new Set(positions).size).toBe(250);
    for (const position of positions.slice(0, 5)) {
      answers.push((await ask('GET /api/entry', { query: { app: 'shop', position }, headers: { cookie } })).text);
    }
    answers.push((await ask('GET /api/keys', { query: { app: 'shop' }, headers: { cookie } })).text);
    answers.push(
      (await ask('GET /api/reveals', { query: { app: 'shop', day: '2026-11-26' }, headers: { cookie } })).text,
    );
    expect(vault.kms.calls).toEqual(kmsCalls);
    expect([vault.logKey.uses, reads]).toEqual([0, 0]);
    for (const hidden of ['dk2_', EMAIL, 'wrappedKey', '"e-1"']) expect(answers.join('')).not.toContain(hidden);
  });

  test('takes all tags that a thread may have, and not one more', async () => {
    const { cookie } = await signedIn();
    const status = async (tags: number) => {
      const thread = Array.from({ length: tags }, () => 'A'.repeat(22)).join(',');
      return (await ask('GET /api/log', { query: { app: 'shop', thread }, headers: { cookie } })).status;
    };
    expect([await status(MAX_THREAD_TAGS), await status(MAX_THREAD_TAGS + 1)]).toEqual([200, 400]);
  });

  test.each([
    ['an unknown parameter', { app: 'shop', sort: 'asc' }],
    ['a time that is no number', { app: 'shop', from: 'yesterday' }],
    ['tags that are none', { app: 'shop', thread: 'x' }],
    ['no app', {}],
  ])('with %s is refused', async (_, query) => {
    const { cookie } = await signedIn();
    expect((await ask('GET /api/log', { query: query as Record<string, string>, headers: { cookie } })).status).toBe(
      400,
    );
  });

  test('shows each row as it was logged, and the next page begins after the last one', async () => {
    const entry = {
      type: 'form.answer',
      user: { type: 'user' },
      thread: { id: 't-1' },
      data: { answers: { email: EMAIL } },
    };
    const { body } = await vault.call('web', 'incoming', { entry, thread: { mode: 'prechat' }, ttlSeconds: 600 });
    const { cookie } = await signedIn();
    const { text } = await ask('GET /api/log', { query: { app: 'shop' }, headers: { cookie } });
    const { rows, ...more } = JSON.parse(text);
    const why = "transcript is on and the thread's mode is not bot";
    expect([rows, more]).toEqual([
      [
        {
          app: 'shop',
          position: expect.any(String),
          at: new Date(vault.clock()).toISOString(),
          expiresAt: (body as { expiresAt: string }).expiresAt,
          direction: 'incoming',
          integration: 'web',
          requestId: 'a-request',
          type: 'form.answer',
          userType: 'user',
          mode: 'prechat',
          decision: { sensitive: true, rule: 'event', why },
          data: { answers: { email: '★★★★★' } },
          fields: [{ pointer: '/data/answers/email', outcome: 'sealed' }],
          fieldsLeftOut: 0,
          threadTag: expect.any(String),
        },
      ],
      {},
    ]);
    const { position } = rows[0];
    const one = await ask('GET /api/entry', { query: { app: 'shop', position }, headers: { cookie } });
    expect(JSON.parse(one.text)).toEqual({ row: rows[0], asked: [] });
  });

  test('leaves out what a filter does not match', async () => {
    await sayForm();
    const { cookie } = await signedIn();
    const count = async (query: Record<string, string>) =>
      JSON.parse((await ask('GET /api/log', { query: { app: 'shop', ...query }, headers: { cookie } })).text).rows
        .length;
    const at = String(vault.clock());
    const position = await firstPosition(cookie);
    for (const [matching, other] of [
      [{ direction: 'incoming' }, { direction: 'outgoing' }],
      [{ type: 'form.answer' }, { type: 'text.say' }],
      [{ integration: 'web' }, { integration: 'desk' }],
      [{ from: at }, { from: String(vault.clock() + 1) }],
      [{ until: String(vault.clock() + 1) }, { until: at }],
      [{}, { before: position }],
      [{}, { thread: 'A'.repeat(22) }],
    ] as Record<string, string>[][]) {
      expect([matching, await count(matching ?? {})]).toEqual([matching, 1]);
      expect([other, await count(other ?? {})]).toEqual([other, 0]);
    }
  });

  test('a session says who it is of, what they see, and when it ends', async () => {
    const { cookie, csrf } = await signedIn();
    const { text } = await ask('GET /api/session', { headers: { cookie } });
    expect(JSON.parse(text)).toEqual({
      name: PERSON.email,
      apps: ['shop'],
      hasMoreApps: false,
      csrf,
      endsAt: new Date(vault.clock() + IDLE_S * 1000).toISOString().replace('.000', ''),
      requireTicket: false,
    });
  });

  test('serves the page, its script and its style as what they are', async () => {
    deps = { ...deps, page: { html: '<p>', script: 'let a', style: 'p {}' } };
    const served = async (route: string) => {
      const answered = await ask(route);
      return [answered.status, header(answered, 'content-type'), answered.text];
    };
    expect(await served('GET ')).toEqual([200, 'text/html; charset=utf-8', '<p>']);
    expect(await served('GET /page.js')).toEqual([200, 'text/javascript; charset=utf-8', 'let a']);
    expect(await served('GET /page.css')).toEqual([200, 'text/css; charset=utf-8', 'p {}']);
  });

  test('leaves a log line for each request, without what an unknown one was called', async () => {
    const { cookie } = await signedIn();
    await ask('GET /api/log', { query: { app: 'shop' }, headers: { cookie } });
    await ask('GET /maya@example.org');
    await ask('GET /api/log');
    const line = { requestId: 'a-request', durationMs: 0 };
    expect(vault.telemetry.requests.slice(-3)).toEqual([
      { ...line, operation: 'console GET /api/log', status: 200 },
      { ...line, operation: 'console', status: 404, code: 'not-found' },
      { ...line, operation: 'console GET /api/log', status: 401, code: 'unauthenticated' },
    ]);
    expect(vault.telemetry.total('Unavailable')).toBe(0);
  });

  test('says when to come again where something is down, and counts it with its cause', async () => {
    const { cookie } = await signedIn();
    const down = new DaykeyError('unavailable', 'throttled', { retryAfterSeconds: 7 });
    deps = { ...deps, log: { ...deps.log, page: () => Promise.reject(down) } };
    const answered = await ask('GET /api/log', { query: { app: 'shop' }, headers: { cookie } });
    expect([answered.status, header(answered, 'retry-after')]).toEqual([503, '7']);
    expect(vault.telemetry.requests.at(-1)).toMatchObject({
      status: 503,
      code: 'unavailable',
      cause: [expect.any(String)],
    });
    expect(vault.telemetry.total('Unavailable')).toBe(1);
    expect(header(await ask('GET /api/log'), 'retry-after')).toBeUndefined();
  });

  test.each<[query: Record<string, string>, detail: string]>([
    [{ from: '12x' }, 'from: milliseconds since 1970 are expected'],
    [{ until: 'x12' }, 'until: milliseconds since 1970 are expected'],
    [{ before: 'x' }, 'before: a position of the log is expected'],
    [{ thread: 'x' }, 'thread: tags are expected'],
    [{ direction: 'sideways' }, 'direction: not the documented shape'],
  ])('says what is wrong with %j', async (query, detail) => {
    const { cookie } = await signedIn();
    const { text } = await ask('GET /api/log', { query: { app: 'shop', ...query }, headers: { cookie } });
    expect(JSON.parse(text)).toMatchObject({ code: 'invalid-request', detail });
  });

  test.each<[route: string, query: Record<string, string>, detail: string]>([
    ['GET /api/reveals', { day: 'x2026-11-26' }, 'day: a day is expected: YYYY-MM-DD'],
    ['GET /api/reveals', { day: '2026-11-26x' }, 'day: a day is expected: YYYY-MM-DD'],
    ['GET /api/reveals', { day: '2026-11-26', before: 'x#y' }, 'before.at: the instant of a reveal is expected'],
  ])('%s says what is wrong with %j', async (route, query, detail) => {
    const { cookie } = await signedIn();
    const { text } = await ask(route, { query: { app: 'shop', ...query }, headers: { cookie } });
    expect(JSON.parse(text)).toMatchObject({ code: 'invalid-request', detail });
  });

  test.each<[more: object, detail: string]>([
    [{ id: `${'A'.repeat(20)}:123#${'A'.repeat(43)}` }, 'id: an ID of this list is expected'],
    [{ id: `x${'A'.repeat(20)}:1#${'A'.repeat(43)}` }, 'id: an ID of this list is expected'],
    [{ id: `${'A'.repeat(20)}:1#${'A'.repeat(44)}` }, 'id: an ID of this list is expected'],
    [{ at: '2026-11-26T00:00:00.5Z' }, 'at: the instant of a request is expected'],
  ])('an approval of %j is refused with what is wrong', async (more, detail) => {
    const { cookie, csrf } = await signedIn();
    const body = { app: 'shop', id: `${'A'.repeat(20)}:12#${'A'.repeat(43)}`, at: '2026-11-26T00:00:00Z', ...more };
    const { text } = await ask('POST /api/approve', { headers: { cookie, 'x-daykey-csrf': csrf }, body });
    expect(JSON.parse(text)).toMatchObject({ code: 'invalid-request', detail });
  });

  test('an entry that has ended is not there', async () => {
    await sayForm();
    const position = await firstPosition((await signedIn()).cookie);
    vault.advance(24 * 3600);
    deps = { ...deps, signIn: signInAs() };
    const { cookie } = await signedIn();
    const { text } = await ask('GET /api/entry', { query: { app: 'shop', position }, headers: { cookie } });
    expect(JSON.parse(text)).toEqual({});
  });

  test('finds the rows of any of the tags that it is given', async () => {
    const entry = { type: 'text.say', thread: { id: 't-1' }, data: { text: 'hello' } };
    await vault.call('web', 'incoming', { entry, thread: { mode: 'agent' } });
    const { cookie } = await signedIn();
    const rows = async (query: object) =>
      JSON.parse((await ask('GET /api/log', { query: { app: 'shop', ...query }, headers: { cookie } })).text).rows;
    const [{ threadTag }] = await rows({});
    expect(await rows({ thread: `${'A'.repeat(22)},${threadTag}` })).toHaveLength(1);
  });

  test('names of members of every object are no routes', async () => {
    for (const route of ['GET /constructor', 'GET __proto__', 'constructor', 'GET /api/log/', 'DELETE /api/log']) {
      expect((await ask(route)).status, route).toBe(404);
    }
  });
});

test('a pooled app has the keys and the receipts of its pool', async () => {
  const at = new Date(vault.clock()).toISOString();
  const keys = async () => [{ from: at, until: at, endsAt: at, state: 'ready', pool: 3 }];
  const asked: string[] = [];
  const recentReceipts = async (holder: KeyHolder) => {
    asked.push(holderName(holder));
    return [];
  };
  deps = { ...deps, vault: { ...deps.vault, keys }, receipts: { recentReceipts } };
  const { cookie } = await signedIn();
  const { text } = await ask('GET /api/keys', { query: { app: 'shop' }, headers: { cookie } });
  expect(JSON.parse(text).keys).toMatchObject([{ state: 'ready', pool: 3 }]);
  expect(asked).toEqual(['shop', 'pool#3']);
});

test('the newest thirty receipts of an app and its pools are shown, the newest first', async () => {
  const receipt = `x.${Buffer.from('{}').toString('base64url')}.x`;
  const receiptOf = (slot: number) => ({ slot, receipt, swept: 0, erased: 0 });
  const recentReceipts = async (holder: KeyHolder) =>
    Array.from({ length: 20 }, (_, at) => receiptOf(1_800_000_000 - 20 * at - ('pool' in holder ? 0 : 10)));
  const at = new Date(vault.clock()).toISOString();
  const keys = async () => [{ from: at, until: at, endsAt: at, state: 'ready', pool: 3 }];
  deps = { ...deps, vault: { ...deps.vault, keys }, receipts: { recentReceipts } };
  const { cookie } = await signedIn();
  const { text } = await ask('GET /api/keys', { query: { app: 'shop' }, headers: { cookie } });
  const froms = (JSON.parse(text).receipts as { from: string }[]).map(({ from }) => Date.parse(from) / 1000);
  expect(froms).toEqual(Array.from({ length: 30 }, (_, at) => 1_800_000_000 - 10 * at));
});

test('a receipt that the key is gone says since when', async () => {
  const text = (claims: object) => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
  const keyGoneReceipt = text({ keyNotFoundAt: '2027-01-01T00:00:00Z' });
  const receipt = text({ keyArn: 'an-arn' });
  const recentReceipts = async () => [{ slot: 1_800_000_000, receipt, keyGoneReceipt, swept: 0, erased: 0 }];
  deps = { ...deps, receipts: { recentReceipts } };
  const { cookie } = await signedIn();
  const answered = await ask('GET /api/keys', { query: { app: 'shop' }, headers: { cookie } });
  expect(JSON.parse(answered.text).receipts).toEqual([
    { from: '2027-01-15T08:00:00Z', keyArn: 'an-arn', keyNotFoundAt: '2027-01-01T00:00:00Z' },
  ]);
});

test('a day without reveals has none, and no marks are read for it', async () => {
  const marks = () => Promise.reject(new Error('marks were read'));
  deps = { ...deps, reviews: { ...deps.reviews, marks } };
  const { cookie } = await signedIn();
  const { text } = await ask('GET /api/reveals', { query: { app: 'shop', day: '2027-01-01' }, headers: { cookie } });
  expect(JSON.parse(text)).toEqual({ reveals: [] });
});

test('the keys of an app come with what the receipts of its destroyed keys say', async () => {
  vault.advance(4 * 24 * 3600);
  await vault.rotate();
  const { cookie } = await signedIn();
  const { text } = await ask('GET /api/keys', { query: { app: 'shop' }, headers: { cookie } });
  expect(JSON.parse(text).receipts).toMatchObject([
    {
      keyArn: expect.stringContaining('key/'),
      bundles: { swept: 0, erased: 0 },
      pendingDeletionAt: expect.any(String),
    },
  ]);
});

describe('a second person', () => {
  const BOB = { sub: 'person-18', email: 'bob@example.org', groups: ['leads'] };
  const asked = async (route: string, { cookie, csrf }: { cookie: string; csrf: string }, body?: object) => {
    const app = { app: 'shop', ...body };
    const { status, text } = await (route.startsWith('GET')
      ? ask(route, { query: app as Record<string, string>, headers: { cookie } })
      : ask(route, { headers: { cookie, 'x-daykey-csrf': csrf }, body: app }));
    return { status, body: JSON.parse(text) };
  };
  const signedInAs = async (claims: typeof PERSON) => {
    deps = { ...deps, signIn: signInAs(claims) };
    return await signedIn();
  };
  const today = () => ({ day: new Date(vault.clock()).toISOString().slice(0, 10) });

  test('approves a reveal with its reason in view, once, and never their own', async () => {
    ({ vault, deps } = await consoleParts(signInAs(), {
      settings: { console: { viewers: VIEWERS, showPlain: false, requireApproval: true } },
    }));
    await sayForm();
    const ada = await signedIn();
    const position = await firstPosition(ada.cookie);
    const reveal = () => asked('POST /api/reveal', ada, { position, field: 0, reason: REASON });
    expect((await reveal()).body.revealed).toEqual({ status: 'unapproved' });
    const own = await asked('GET /api/asked', ada);
    const [{ id, at }] = own.body.asked;
    expect(own.body.asked).toMatchObject([{ isOwn: true, reason: REASON, pointer: '/data/answers/email', position }]);
    expect(JSON.stringify(own)).not.toContain('dk2_');
    expect((await asked('POST /api/approve', ada, { id, at })).status).toBe(403);
    const bob = await signedInAs(BOB);
    expect((await asked('GET /api/asked', bob)).body.asked).toMatchObject([{ isOwn: false, person: PERSON.email }]);
    // An entry shows what its reader has asked for, and no other entry does.
    expect((await asked('GET /api/entry', bob, { position })).body.asked).toEqual([]);
    vault.advance(1);
    await sayForm();
    const other = await firstPosition(ada.cookie);
    expect((await asked('GET /api/entry', ada, { position: other })).body).toMatchObject({ row: {}, asked: [] });
    expect((await asked('GET /api/entry', ada, { position })).body.asked).toHaveLength(1);
    expect((await asked('POST /api/approve', bob, { id })).status).toBe(400);
    const earlier = '2026-01-01T00:00:00Z';
    expect((await asked('POST /api/approve', bob, { id, at: earlier })).body).toEqual({ approved: false });
    expect((await asked('POST /api/approve', bob, { id, at })).body).toEqual({ approved: true });
    expect((await asked('POST /api/approve', bob, { id, at })).body).toEqual({ approved: true });
    const { body: entry } = await asked('GET /api/entry', ada, { position });
    expect(entry.asked).toMatchObject([{ field: 0, approver: BOB.email }]);
    expect((await reveal()).body.revealed).toMatchObject({ status: 'ok', value: EMAIL });
    expect((await reveal()).body.revealed).toEqual({ status: 'unapproved' });
    const { body } = await asked('GET /api/reveals', bob, today());
    expect(body.reveals).toMatchObject([{ person: PERSON.email, approver: BOB.email, isOwn: true }]);
  });

  test('who stops being a viewer approves nothing more, and what they approved before stays approved', async () => {
    const settings = { viewers: VIEWERS, showPlain: false, requireApproval: true };
    ({ vault, deps } = await consoleParts(signInAs(), { settings: { console: settings } }));
    await sayForm();
    const ada = await signedIn();
    const position = await firstPosition(ada.cookie);
    const reveal = async () =>
      (await asked('POST /api/reveal', ada, { position, field: 0, reason: REASON })).body.revealed.status;
    expect(await reveal()).toBe('unapproved');
    const [{ id, at }] = (await asked('GET /api/asked', ada)).body.asked;
    const bob = await signedInAs(BOB);
    expect((await asked('POST /api/approve', bob, { id, at })).body).toEqual({ approved: true });
    await vault.setUp({ ...vault.settings, console: { ...settings, viewers: PERSON.groups } });
    vault.advance(60);
    expect((await asked('POST /api/approve', bob, { id, at })).status).toBe(403);
    expect([await reveal(), await reveal()]).toEqual(['ok', 'unapproved']);
  });

  test('reviews a reveal as fine or flagged, a flag stays in view, and no one reviews their own', async () => {
    await sayForm();
    const ada = await signedIn();
    await asked('POST /api/reveal', ada, { position: await firstPosition(ada.cookie), field: 0, reason: REASON });
    const [{ at, requestId }] = (await asked('GET /api/reveals', ada, today())).body.reveals;
    const mark = (by: typeof ada, more: object) => asked('POST /api/review', by, { at, requestId, ...more });
    expect((await mark(ada, { verdict: 'fine' })).status).toBe(403);
    const bob = await signedInAs(BOB);
    expect((await mark(bob, { verdict: 'fine', requestId: 'another' })).status).toBe(404);
    expect((await mark(bob, { verdict: 'perhaps' })).status).toBe(400);
    expect((await mark(bob, { verdict: 'fine' })).status).toBe(200);
    expect((await mark(bob, { verdict: 'flagged', note: 'Which customer was it?' })).status).toBe(200);
    const flag = { verdict: 'flagged', reviewer: BOB.email, note: 'Which customer was it?' };
    const listed = async () => (await asked('GET /api/reveals', ada, today())).body.reveals;
    expect(await listed()).toMatchObject([{ isOwn: true, mark: flag, flag }]);
    vault.advance(1);
    expect((await mark(bob, { verdict: 'fine' })).status).toBe(200);
    expect(await listed()).toMatchObject([{ mark: { verdict: 'fine', reviewer: BOB.email }, flag }]);
    expect(vault.telemetry.total('RevealsFlagged')).toBe(1);
  });

  const recordReveal = (requestId: string, atMs: number) =>
    vault.auditTrail.record({
      app: 'shop',
      integration: 'console',
      credential: `person/${PERSON.sub}`,
      operation: 'reveal',
      requestId,
      atMs,
      refs: [`${'A'.repeat(20)}:0`],
      count: 1,
      reveal: { person: { subject: PERSON.sub, name: PERSON.email }, reason: REASON },
    });

  test('gets the marks on each page of reveals, which are read for the time of that page only', async () => {
    const startMs = vault.clock() - 1000;
    const reviewer = { subject: BOB.sub, name: BOB.email };
    for (let number = 0; number < 150; number += 1) {
      const [requestId, revealAtMs] = [`reveal-${number}`, startMs + number];
      await recordReveal(requestId, revealAtMs);
      const mark = { app: 'shop', revealAtMs, requestId, reviewer, markedAtMs: vault.clock() };
      await deps.reviews.add({ ...mark, verdict: 'fine', note: requestId });
    }
    const read: number[] = [];
    const { marks } = deps.reviews;
    deps.reviews.marks = async (...asked) => {
      const found = await marks(...asked);
      read.push(found.length);
      return found;
    };
    const bob = await signedInAs(BOB);
    const first = await asked('GET /api/reveals', bob, today());
    const second = await asked('GET /api/reveals', bob, { ...today(), before: first.body.next });
    const seen = [first, second].flatMap(({ body }) => body.reveals);
    expect(seen).toHaveLength(150);
    for (const { requestId, mark } of seen) expect(mark).toMatchObject({ note: requestId });
    expect(read).toEqual([100, 50]);
    const { at, requestId } = seen.at(-1);
    expect((await asked('GET /api/reveals', bob, { ...today(), before: `${at}#${requestId}` })).body.reveals).toEqual(
      [],
    );
    expect(read).toHaveLength(2);
  });

  test('finds every reveal of a day, page by page, however many came after it', async () => {
    const atMs = vault.clock();
    const names = Array.from({ length: 250 }, (_, number) => `reveal-${String(number).padStart(3, '0')}`);
    for (const requestId of names) await recordReveal(requestId, atMs);
    const bob = await signedInAs(BOB);
    const seen: string[] = [];
    let more: object = today();
    for (let next: string | undefined = ''; next !== undefined; more = { ...today(), before: next }) {
      const { body } = await asked('GET /api/reveals', bob, more);
      seen.push(...body.reveals.map((each: { requestId: string }) => each.requestId));
      next = body.next;
    }
    expect(seen).toEqual(names.toReversed());
    for (const before of ['yesterday', '2026-13-01T00:00:00.000Z#r', '2026-11-26T00:00:00.000Z#', `${seen[0]}`]) {
      expect((await asked('GET /api/reveals', bob, { ...today(), before })).status, before).toBe(400);
    }
  });

  test('without the claim neither approves nor reviews', async () => {
    const eve = await signedInAs({ sub: 'person-19', email: 'eve@example.org', groups: ['others'] });
    const id = `${'A'.repeat(20)}:0#${'A'.repeat(43)}`;
    const at = new Date(vault.clock()).toISOString();
    const answers = [
      await asked('GET /api/asked', eve),
      await asked('POST /api/approve', eve, { id, at: '2026-11-26T12:00:00Z' }),
      await asked('POST /api/review', eve, { at, requestId: 'r', verdict: 'fine' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
  });
});

describe('what a person sees follows the settings of each app', () => {
  /** Changes the viewers of an app, as a deployment or `daykey app put` does. */
  const setViewers = (viewers: readonly string[], app = 'shop') =>
    vault.setUp({ ...vault.settings, app, console: { viewers, showPlain: false, requireApproval: false } });

  /** The status of each request of the page about an app. */
  async function statuses({ cookie, csrf }: { cookie: string; csrf: string }, app = 'shop'): Promise<number[]> {
    const position = `${String(vault.clock()).padStart(13, '0')}#${'A'.repeat(16)}`;
    const at = new Date(vault.clock()).toISOString();
    const asked = `${'A'.repeat(20)}:0#${'A'.repeat(43)}`;
    const gets: [string, Record<string, string>][] = [
      ['log', {}],
      ['entry', { position }],
      ['reveals', { day: at.slice(0, 10) }],
      ['keys', {}],
      ['asked', {}],
    ];
    const posts: [string, object][] = [
      ['thread', { thread: 't-1' }],
      ['reveal', { position, field: 0, reason: REASON }],
      ['approve', { id: asked, at: '2026-11-26T12:00:00Z' }],
      ['review', { at, requestId: 'r', verdict: 'fine' }],
    ];
    const found: number[] = [];
    for (const [path, query] of gets) {
      found.push((await ask(`GET /api/${path}`, { query: { app, ...query }, headers: { cookie } })).status);
    }
    for (const [path, body] of posts) {
      const headers = { cookie, 'x-daykey-csrf': csrf };
      found.push((await ask(`POST /api/${path}`, { headers, body: { app, ...body } })).status);
    }
    return found;
  }
  const EVERY = 9;
  const refused = Array.from({ length: EVERY }, () => 403);

  const appsOf = async (cookie: string): Promise<string[]> =>
    JSON.parse((await ask('GET /api/session', { headers: { cookie } })).text).apps;

  test('an app of another group, and one that is not there, are refused by every request', async () => {
    await setViewers(['doctors'], 'clinic');
    const ada = await signedIn();
    expect(await appsOf(ada.cookie)).toEqual(['shop']);
    expect(await statuses(ada)).not.toContain(403);
    for (const app of ['clinic', 'none', '__proto__']) expect(await statuses(ada, app)).toEqual(refused);
  });

  test('a viewer who is removed loses sight within a minute, in a running session', async () => {
    const ada = await signedIn();
    expect(await statuses(ada)).not.toContain(403);
    await setViewers(['doctors']);
    expect(await appsOf(ada.cookie)).toEqual([]);
    vault.advance(60);
    expect(await statuses(ada)).toEqual(refused);
  });

  test('a session that is written into the table is one, with the values that its writer chose', async () => {
    await setViewers(['doctors'], 'clinic');
    const { keep } = deps.sessions;
    let cookieHash = '';
    deps.sessions.keep = (hash, session, endsAtS) => {
      cookieHash = hash;
      return keep(hash, session, endsAtS);
    };
    const ada = await signedIn();
    const session = await deps.sessions.find(cookieHash);
    if (session === undefined) throw new Error('there is no session');
    await keep(cookieHash, { ...session, values: ['doctors'] }, session.startedAtS + SESSION_S);
    expect(await appsOf(ada.cookie)).toEqual(['clinic']);
    expect(await statuses(ada, 'clinic')).not.toContain(403);
    expect(await statuses(ada)).toEqual(refused);
  });

  test('an app that ends is out of sight within a minute, in a running session', async () => {
    const ada = await signedIn();
    expect(await statuses(ada)).not.toContain(403);
    await vault.retire('shop');
    expect(await appsOf(ada.cookie)).toEqual([]);
    vault.advance(60);
    expect(await statuses(ada)).toEqual(refused);
  });

  test('a viewer who is added sees the app in a running session', async () => {
    await setViewers(['doctors']);
    const ada = await signedIn();
    expect([await appsOf(ada.cookie), await statuses(ada)]).toEqual([[], refused]);
    await setViewers(['doctors', 'support']);
    expect(await appsOf(ada.cookie)).toEqual(['shop']);
    vault.advance(10);
    expect(await statuses(ada)).not.toContain(403);
  });

  test('the settings are asked once a minute for each person and app, however many requests come', async () => {
    let asked = 0;
    const { recheck } = vault.rings;
    vault.rings.recheck = (app) => {
      asked += 1;
      return recheck(app);
    };
    const ada = await signedIn();
    for (let second = 0; second < 50; second += 1) {
      expect((await ask('GET /api/log', { query: { app: 'shop' }, headers: { cookie: ada.cookie } })).status).toBe(200);
      vault.advance(1);
    }
    expect(asked).toBe(1);
    vault.advance(10);
    await ask('GET /api/log', { query: { app: 'shop' }, headers: { cookie: ada.cookie } });
    expect(asked).toBe(2);
  });

  test('a Console that lets everything pass opens nothing: the decrypt function asks the settings too', async () => {
    await sayForm();
    const ada = await signedIn();
    const position = await firstPosition(ada.cookie);
    await setViewers(['doctors']);
    vault.advance(60);
    deps = { ...deps, vault: { ...deps.vault, sees: async () => true } };
    const { status, text } = await ask('POST /api/reveal', revealCall(ada.cookie, ada.csrf, position));
    expect([status, text.includes(EMAIL)]).toEqual([403, false]);
    const headers = { cookie: ada.cookie, 'x-daykey-csrf': ada.csrf };
    expect((await ask('GET /api/keys', { query: { app: 'shop' }, headers })).status).toBe(403);
    expect((await ask('POST /api/thread', { headers, body: { app: 'shop', thread: 't-1' } })).status).toBe(403);
  });

  test('a row of the index that no settings have lists a name, and opens nothing', async () => {
    await setViewers(['doctors'], 'clinic');
    vault.viewers.appsOf = async () => ['clinic'];
    const ada = await signedIn();
    expect(await appsOf(ada.cookie)).toEqual(['clinic']);
    expect(await statuses(ada, 'clinic')).toEqual(refused);
  });

  test('when the decrypt function cannot answer, no app is shown', async () => {
    const ada = await signedIn();
    vault.rings.recheck = () => Promise.reject(new Error('no ring table'));
    expect((await ask('GET /api/log', { query: { app: 'shop' }, headers: { cookie: ada.cookie } })).status).toBe(503);
  });

  test('a person without any group has no apps, and the decrypt function is never asked', async () => {
    const asked = () => Promise.reject(new Error('no decrypt function'));
    deps = {
      ...deps,
      signIn: signInAs({ ...PERSON, groups: [] }),
      vault: withRememberedSight(vault.clock, { ...deps.vault, appsOf: asked, sees: asked }),
    };
    const person = await signedIn();
    expect([await appsOf(person.cookie), await statuses(person)]).toEqual([[], refused]);
    const found = await ask('GET /api/apps', { query: { beginning: 's' }, headers: { cookie: person.cookie } });
    expect([found.status, JSON.parse(found.text)]).toEqual([200, { apps: [], hasMore: false }]);
  });

  test('a person of more apps than one list holds finds each by the beginning of its name', async () => {
    const names = Array.from({ length: LISTED_APPS }, (_, number) => `app-${String(number).padStart(3, '0')}`);
    for (const app of names) await setViewers(['leads', 'support'], app);
    deps = { ...deps, signIn: signInAs({ ...PERSON, groups: ['support', 'leads'] }) };
    const { cookie } = await signedIn();
    const { text } = await ask('GET /api/session', { headers: { cookie } });
    expect(JSON.parse(text)).toMatchObject({ apps: names, hasMoreApps: true });
    const found = async (beginning: string) =>
      JSON.parse((await ask('GET /api/apps', { query: { beginning }, headers: { cookie } })).text);
    expect(await found('sh')).toEqual({ apps: ['shop'], hasMore: false });
    expect((await found('app-04')).apps).toHaveLength(10);
    expect((await ask('GET /api/log', { query: { app: 'shop' }, headers: { cookie } })).status).toBe(200);
    expect((await ask('GET /api/apps', { query: { beginning: 'sh' } })).status).toBe(401);
    expect((await ask('GET /api/apps', { query: { beginning: 'x'.repeat(300) }, headers: { cookie } })).status).toBe(
      400,
    );
  });
});
