// `daykey audit`: lists who was about to open what, and does not take a wrong name for an empty log.

import { beforeEach, describe, expect, test } from 'vitest';
import type { AuditIntent } from '../../../../vault/ports/audit-log.ts';
import { atTerminal, aVault, jsonLines, NOW, type Ran } from '../../../support/operator.ts';

const MINUTE = 60_000;
let daykey: (...args: string[]) => Promise<Ran>;
let vault: ReturnType<typeof aVault>;

beforeEach(async () => {
  vault = aVault();
  await vault.setUp({});
  await record({ requestId: 'one', atMs: NOW - 90 * MINUTE });
  await record({ requestId: 'two', atMs: NOW - 30 * MINUTE, refs: ['b1:0', 'b1:2', 'b2:1'], count: 4 });
  await record({
    requestId: 'three',
    atMs: NOW - 10 * MINUTE,
    integration: 'bot',
    credential: 'role/111122223333/bot/i-0abc',
  });
  await record({ requestId: 'other', atMs: NOW - MINUTE, app: 'clinic' });
  daykey = atTerminal(vault);
});

function record(changes: Partial<AuditIntent>): Promise<void> {
  return vault.auditLog.record({
    app: 'shop',
    integration: 'desk',
    credential: 'token/0123456789ab',
    operation: 'decrypt',
    requestId: 'a request',
    atMs: NOW,
    refs: ['b1:0'],
    count: 1,
    ...changes,
  });
}

test('lists the requests of one app, the oldest first, with the fields of each bundle together', async () => {
  const { code, stdout, stderr } = await daykey('audit', '--app', 'shop', '--since', '1h');
  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    '2026-11-26T11:30:30.000Z  desk  token/0123456789ab  decrypt of 4 fields  b1:0,2 b2:1  request two',
    '2026-11-26T11:50:30.000Z  bot  role/111122223333/bot/i-0abc  decrypt of 1 field  b1:0  request three',
    '',
  ]);
  expect(stderr).toBe('daykey: 2 requests of shop since 2026-11-26T11:00:30.000Z\n');
});

test('looks back a day by default', async () => {
  expect((await daykey('audit', '--app', 'shop')).stdout.trim().split('\n')).toHaveLength(3);
});

test('also shows what a function wrote whose clock is a little ahead', async () => {
  await record({ requestId: 'ahead', atMs: NOW + 4 * MINUTE });
  expect((await daykey('audit', '--app', 'shop', '--since', '1m')).stdout).toContain('request ahead');
});

test('shows what one credential asked for, which separates a stolen token from the others of its integration', async () => {
  await record({ requestId: 'stolen', atMs: NOW - MINUTE, credential: 'token/ba9876543210' });
  const { stdout, stderr } = await daykey('audit', '--app', 'shop', '--credential', 'token/ba9876543210');
  expect(stdout).toBe('2026-11-26T11:59:30.000Z  desk  token/ba9876543210  decrypt of 1 field  b1:0  request stolen\n');
  expect(stderr).toContain('1 request of shop by token/ba9876543210 since');
});

test('prints lines of JSON with everything that was recorded', async () => {
  const ran = await daykey('audit', '--app', 'shop', '--since', '40m', '--integration', 'desk', '--json');
  expect(jsonLines(ran)).toEqual([
    {
      at: '2026-11-26T11:30:30.000Z',
      app: 'shop',
      integration: 'desk',
      credential: 'token/0123456789ab',
      operation: 'decrypt',
      requestId: 'two',
      count: 4,
      refs: ['b1:0', 'b1:2', 'b2:1'],
    },
  ]);
  expect(ran.stderr).toContain('1 request of shop/desk since');
});

describe('a reveal', () => {
  const ADA = { subject: 'person-17', name: 'ada@example.org' };
  const BOB = { subject: 'person-18', name: 'bob@example.org' };
  const REASON = 'A customer\n{"verdict":"fine"}';
  const revealAtMs = NOW - 5 * MINUTE;

  beforeEach(async () => {
    await record({
      requestId: 'shown',
      atMs: revealAtMs,
      integration: 'console',
      credential: 'person/person-17',
      operation: 'reveal',
      reveal: { person: ADA, reason: REASON, ticket: 'INC-1', approver: BOB },
    });
    const mark = { app: 'shop', revealAtMs, requestId: 'shown', reviewer: BOB };
    await vault.reviews.add({ ...mark, verdict: 'flagged', note: 'Which one?', markedAtMs: NOW - MINUTE });
    await vault.reviews.add({ ...mark, verdict: 'fine', markedAtMs: NOW });
    await vault.reviews.add({ ...mark, requestId: 'another', verdict: 'flagged', markedAtMs: NOW });
  });

  test('is listed with its reason, its approver and what reviewers marked, the first mark first', async () => {
    const { stdout } = await daykey('audit', '--app', 'shop', '--since', '6m');
    expect(stdout).toBe(
      [
        '2026-11-26T11:55:30.000Z',
        'console',
        'person/person-17',
        'reveal of 1 field',
        'b1:0',
        'request shown',
        JSON.stringify({ name: ADA.name, reason: REASON, ticket: 'INC-1', approver: BOB.name }),
        '{"verdict":"flagged","reviewer":"bob@example.org","note":"Which one?","at":"2026-11-26T11:59:30.000Z"}',
        '{"verdict":"fine","reviewer":"bob@example.org","at":"2026-11-26T12:00:30.000Z"}\n',
      ].join('  '),
    );
  });

  test('steers no terminal, whatever a person wrote, and stays the same text in JSON', async () => {
    const reason = 'up \u009b1A, erase \u009b2K, delete \u007f, turn \u202e, tag \u{e0001}, line \u2028';
    await record({ requestId: 'new', operation: 'reveal', reveal: { person: ADA, reason } });
    const audit = ['audit', '--app', 'shop', '--since', '1m'];
    const { stdout } = await daykey(...audit);
    expect(stdout).toContain('erase \\u009b2K, delete \\u007f, turn \\u202e, tag \\udb40\\udc01, line \\u2028');
    const json = await daykey(...audit, '--json');
    expect(jsonLines(json)).toMatchObject([{ requestId: 'new', reveal: { reason } }]);
    for (const shown of [stdout, json.stdout]) expect(shown.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  test('has its marks in JSON, an empty list without any', async () => {
    await record({ requestId: 'new', operation: 'reveal', reveal: { person: ADA, reason: 'Another' } });
    const lines = jsonLines(await daykey('audit', '--app', 'shop', '--since', '6m', '--json'));
    const flagged = { verdict: 'flagged', reviewer: BOB.name, note: 'Which one?', at: '2026-11-26T11:59:30.000Z' };
    const fine = { verdict: 'fine', reviewer: BOB.name, at: '2026-11-26T12:00:30.000Z' };
    expect(lines).toMatchObject([
      { requestId: 'shown', reveal: { approver: BOB }, marks: [flagged, fine] },
      { requestId: 'new', marks: [] },
    ]);
  });

  test('finds its marks on every day, and reads those of a day once', async () => {
    const read: string[] = [];
    const { marks } = vault.reviews;
    vault.reviews.marks = async (...asked) => {
      read.push(new Date(asked[1]).toISOString());
      return await marks(...asked);
    };
    const yesterdayMs = NOW - 24 * 60 * MINUTE;
    await record({
      requestId: 'older',
      atMs: yesterdayMs,
      operation: 'reveal',
      reveal: { person: ADA, reason: 'One' },
    });
    const mark = { app: 'shop', revealAtMs: yesterdayMs, requestId: 'older', reviewer: BOB, markedAtMs: NOW };
    await vault.reviews.add({ ...mark, verdict: 'flagged' });
    await record({ requestId: 'again', operation: 'reveal', reveal: { person: ADA, reason: 'Two' } });
    const lines = jsonLines(await daykey('audit', '--app', 'shop', '--since', '3d', '--json'));
    const revealed = lines.filter((line) => (line as { reveal?: unknown }).reveal !== undefined);
    expect(revealed).toMatchObject([
      { requestId: 'older', marks: [{ verdict: 'flagged' }] },
      { requestId: 'shown', marks: [{ verdict: 'flagged' }, { verdict: 'fine' }] },
      { requestId: 'again', marks: [] },
    ]);
    expect(read).toEqual(['2026-11-25T00:00:00.000Z', '2026-11-26T00:00:00.000Z']);
  });
});

describe('a name that is wrong is an error, not an empty log:', () => {
  test('an app that the vault does not have', async () => {
    expect(await daykey('audit', '--app', 'nope')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'daykey: stack Daykey has no app nope: check --app, or add it to the settings and deploy them\n',
    });
  });

  test.each(['', 'Shop', ' shop', 'constructor', '__proto__', '*', 'shop/web'])('an app called %j', async (app) => {
    const { code, stderr } = await daykey('audit', '--app', app);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining(`has no app ${app}: check`) });
  });

  test.each(['dsk', '', 'Desk', 'constructor', '__proto__'])(
    'an integration that the app does not have and never had: %j',
    async (integration) => {
      const { code, stderr } = await daykey('audit', '--app', 'shop', '--integration', integration);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: `daykey: app shop has no integration ${integration}, it has web, desk: check --integration\n`,
      });
    },
  );

  test.each(['', 'nope', '0123456789ab', 'token/0123', 'Token/0123456789ab', 'role/desk', 'arn:aws:iam::1:role/x'])(
    'a credential that no row can have: %j',
    async (credential) => {
      const { code, stdout, stderr } = await daykey('audit', '--app', 'shop', '--credential', credential);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('Copy it from the log: token/ID, role/ACCOUNT/ROLE/SESSION or person/SUBJECT.');
    },
  );
});

describe('an empty log is no error', () => {
  test('of an app of the vault', async () => {
    await vault.setUp({ app: 'quiet' });
    const { code, stderr } = await daykey('audit', '--app', 'quiet');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('0 requests of quiet') });
  });

  test('of an integration of the app', async () => {
    expect((await daykey('audit', '--app', 'shop', '--integration', 'web')).code).toBe(0);
  });
});

test('what was removed from the vault can still be looked up: apps and integrations', async () => {
  expect((await daykey('audit', '--app', 'clinic')).stdout).toContain('request other');
  expect((await daykey('audit', '--app', 'shop', '--integration', 'bot')).stdout).toContain('request three');
});
