// The operator's command line on the deployed vault: tokens come and go, and what was opened can be looked up.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { clientFor } from '../../local/deploy.ts';
import { bundleId } from '../../vault/domain/envelope/bundle.ts';
import { parseRef } from '../../vault/domain/envelope/ref.ts';
import { present } from '../support/envelope.ts';
import { opened, rest, sealed, unique } from '../support/vault.ts';

const CLI = join(import.meta.dirname, '../../client/cli/daykey.ts');

function daykey(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return daykeyReading('', ...args);
}

function daykeyReading(stdin: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const endpoint = inject('endpoint');
  const { region } = clientFor(endpoint);
  const env = { ...process.env, AWS_ENDPOINT_URL: endpoint, AWS_REGION: region };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [CLI, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
    child.stdin?.end(stdin);
  });
}

/** A fresh token of `shop/desk`, and the ID that operators call it by. */
async function issued(): Promise<{ token: string; id: string }> {
  const { code, stdout, stderr } = await daykey(
    ...['token', 'issue', '--app', 'shop', '--integration', 'desk', '--expires-in', '30m'],
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('is for shop/desk, until ') });
  expect(stdout).toMatch(/^dkt_[\w-]{43}\n$/);
  expect(stderr).not.toContain(stdout.trim());
  return { token: stdout.trim(), id: present(/token ([0-9a-f]{12}) /.exec(stderr)?.[1]) };
}

async function listed(): Promise<Record<string, unknown>[]> {
  return linesOf(await daykey('token', 'list', '--app', 'shop', '--json'));
}

function linesOf({ stdout }: { stdout: string }): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function decrypts(token: string, refs: object): Promise<number> {
  const path = '/v1/apps/shop/decrypt';
  return (await rest({ path, body: { refs }, authorization: `Bearer ${token}` })).status;
}

describe('a token', () => {
  test('works from the moment it is issued, is listed with its use, and once revoked opens nothing', async () => {
    const { refs } = await sealed({ value: 1 });
    const { token, id } = await issued();
    expect(await decrypts(token, refs)).toBe(200);

    const today = [Date.now() - 60_000, Date.now()].map((ms) => new Date(ms).toISOString().slice(0, 10));
    await expect
      .poll(async () => (await listed()).find((each) => each.id === id)?.lastDecryptOn, { timeout: 20_000 })
      .toSatisfy((day) => today.includes(day));
    const entry = present((await listed()).find((each) => each.id === id));
    expect(entry).toMatchObject({ id, app: 'shop', integration: 'desk' });
    const lifeMs = Date.parse(String(entry.expiresAt)) - Date.parse(String(entry.createdAt));
    expect(lifeMs).toBe(30 * 60_000);

    // Functions believe their caches for up to a minute: one that no function has seen shows the revocation at once.
    const unseen = await issued();
    for (const each of [id, unseen.id]) {
      const { code, stderr } = await daykey('token', 'revoke', '--app', 'shop', each);
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('is revoked: within 60 seconds') });
    }
    expect(await decrypts(unseen.token, refs)).toBe(401);
    const left = (await listed()).map((each) => each.id);
    expect(left).not.toContain(id);
    expect(left).not.toContain(unseen.id);
  });

  test('is listed for people as a table, and nothing in it is a token or a whole hash', async () => {
    const { token, id } = await issued();
    const { stdout } = await daykey('token', 'list', '--app', 'shop');
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^ID {2,}INTEGRATION +CREATED +EXPIRES +LAST DECRYPT$/);
    expect(rows.filter((row) => row.startsWith(id))).toEqual([expect.stringMatching(/ desk .* never$/)]);
    expect(stdout).not.toContain(token);
    expect(stdout).not.toMatch(/[0-9a-f]{13}/);
    expect(stdout).not.toContain('\u001b');
    await daykey('token', 'revoke', '--app', 'shop', id);
  });

  test.each<[says: string, args: string[]]>([
    ['stack Daykey has no app nobody', ['issue', '--app', 'nobody', '--integration', 'desk', '--expires-in', '1h']],
    [
      'app clinic has no integration desk, it has clinic-web, clinic-desk, clinic-lab',
      ['issue', '--app', 'clinic', '--integration', 'desk', '--expires-in', '1h'],
    ],
    ['app shop has no token 0123456789ab', ['revoke', '--app', 'shop', '0123456789ab']],
  ])('that cannot be had is an error that says why: %s', async (says, args) => {
    const { code, stdout, stderr } = await daykey('token', ...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(says);
  });

  test('of one app is not revoked through another', async () => {
    const { id } = await issued();
    expect((await daykey('token', 'revoke', '--app', 'clinic', id)).code).toBe(1);
    expect((await daykey('token', 'revoke', '--app', 'shop', id)).code).toBe(0);
  });
});

describe('the audit log', () => {
  const SUBJECT = unique('subject-canary');
  const VALUE = unique('value-canary');

  test('lists the decrypt just made, and nothing of other apps', async () => {
    const { refs } = await sealed({ one: VALUE, two: VALUE }, { subject: SUBJECT });
    const { refs: others } = await sealed({ value: VALUE }, {}, 'clinic-web');
    await opened(refs);
    await opened(others, 'clinic-desk');
    const bundle = bundleId(present(parseRef(present(refs.one))).refId);

    const answer = await daykey('audit', '--app', 'shop', '--since', '5m', '--json');
    const lines = linesOf(answer);
    expect(answer.stderr).toContain(`${lines.length} requests of shop since `);
    const mine = lines.filter(({ refs: places }) => String(places).includes(bundle));
    expect(mine).toEqual([
      {
        ...{ at: expect.any(String), app: 'shop', integration: 'desk', operation: 'decrypt', count: 2 },
        ...{ requestId: expect.any(String), refs: [`${bundle}:0`, `${bundle}:1`] },
      },
    ]);
    expect(lines.every(({ app }) => app === 'shop')).toBe(true);
    const times = lines.map(({ at }) => String(at));
    expect(times).toEqual(times.toSorted());
    for (const secret of [SUBJECT, VALUE, present(refs.one).slice(4)]) expect(answer.stdout).not.toContain(secret);

    const { stdout } = await daykey('audit', '--app', 'shop', '--since', '5m', '--integration', 'desk');
    expect(stdout).toContain(`  desk  decrypt of 2 fields  ${bundle}:0,1  request `);
    const ofBot = await daykey('audit', '--app', 'shop', '--since', '5m', '--integration', 'bot');
    expect(ofBot.stdout).not.toContain(bundle);
    const ofClinic = await daykey('audit', '--app', 'clinic', '--since', '5m', '--json');
    expect(linesOf(ofClinic).map(({ integration }) => integration)).toContain('clinic-desk');
    expect(ofClinic.stdout).not.toContain(bundle);
  });

  test('of an app that opened nothing is empty', async () => {
    const { code, stdout, stderr } = await daykey('audit', '--app', 'nobody');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('0 requests of nobody since ');
  });
});

describe('an explanation', () => {
  const VALUE = unique('value-canary');
  const entry = JSON.stringify({
    ...{ type: 'buttons.ask', data: { text: VALUE, buttons: [{ text: VALUE, style: 'bold', '\u001b[2J': 1 }] } },
  });
  const EXPLAIN = ['explain', '--app', 'shop', '--entry', '-'];

  test('says in a table what would be sealed and why, never a value nor what steers a terminal', async () => {
    const { code, stdout, stderr } = await daykeyReading(entry, ...EXPLAIN, '--mode', 'agent');
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.trimEnd().split(/ {2,}/))).toEqual([
      ['POINTER', 'BECOMES', 'WHY'],
      ['/data/buttons/0/\\u{1b}[2J', 'sealed', expect.stringMatching(/^Not listed as readable: /)],
      ['/data/buttons/0/style', 'clear', 'The catalogue lists data.buttons[*].style as readable.'],
      ['/data/buttons/0/text', 'sealed', expect.stringMatching(/^Not listed as readable: transcript is on/)],
      ['/data/text', 'sealed', "Not listed as readable: transcript is on and the thread's mode is not bot."],
      [''],
    ]);
    expect(stderr).toContain('the entry is sensitive, by the rule event: Transcript is on and');
    expect(stdout + stderr).not.toContain(VALUE);
  });

  test('lists the parts as JSON, for one who says more of the context', async () => {
    const response = JSON.stringify({ type: 'component.response', data: { result: VALUE } });
    const answer = await daykeyReading(response, ...EXPLAIN, '--component-sensitive', 'false', '--json');
    expect(linesOf(answer)).toEqual([
      {
        ...{ pointer: '/data/result', sealed: false, rule: 'component-response' },
        why: 'The component is set to be not sensitive.',
      },
    ]);
    expect(answer.stderr).toContain('the entry is not sensitive');
    const trigger = JSON.stringify({ type: 'trigger.response', data: { result: VALUE } });
    const caused = await daykeyReading(trigger, ...EXPLAIN, '--cause-sensitive', 'true', '--json');
    expect(linesOf(caused)).toMatchObject([{ sealed: true, rule: 'trigger-response' }]);
  });

  test('of what only looks like a ref says where it stands', async () => {
    const forged = JSON.stringify({ type: 'text.say', data: { text: { $sensitive: 7, note: VALUE } } });
    const { code, stdout, stderr } = await daykeyReading(forged, ...EXPLAIN);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('must hold a ref, and have no other member beside it (at /data/text)');
    expect(stderr).not.toContain(VALUE);
  });

  test('of what the vault would refuse says so', async () => {
    const plain = JSON.stringify({ type: 'text.say', data: { text: { $sensitive: VALUE } } });
    const { code, stdout, stderr } = await daykeyReading(plain, ...EXPLAIN);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('$sensitive must hold a ref (at /data/text)');
    expect(stderr).not.toContain(VALUE);
  });

  test('of an app that is not there says so', async () => {
    const { code, stderr } = await daykeyReading(entry, 'explain', '--app', 'nobody', '--entry', '-');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('has no app nobody') });
  });
});
