// The operator's command line on the deployed vault: tokens come and go, and what was opened can be looked up.

import { describe, expect, inject, test } from 'vitest';
import { type AwsSettings, awsClients, openVault } from '../../client/cli/open-vault.ts';
import type { Surroundings } from '../../client/cli/surroundings.ts';
import { clientFor } from '../../local/emulator-client.ts';
import { bundleIdIn, parseRef } from '../../vault/domain/envelope/ref.ts';
import { present } from '../support/envelope.ts';
import { atTerminal, type Ran } from '../support/operator.ts';
import { assumed } from '../support/roles.ts';
import { integrationNamed, opened, rest, sealed, unique } from '../support/vault.ts';

const daykey = (...args: string[]): Promise<Ran> => daykeyReading('', ...args);
const daykeyReading = (stdin: string, ...args: string[]): Promise<Ran> =>
  daykeyAs(clientFor(inject('endpoint')), stdin, ...args);

/** Runs a command line with these settings of the AWS SDK. */
function daykeyAs(settings: AwsSettings, stdin: string, ...args: string[]): Promise<Ran> {
  const openWith: Surroundings['openVault'] = (options) => openVault(options, () => awsClients(settings));
  return atTerminal({ openVault: openWith, stdin })(...args);
}

/** A new token of `shop/desk`, and its ID. */
async function issued(): Promise<{ token: string; id: string }> {
  const { code, stdout, stderr } = await daykey(
    'token',
    'issue',
    '--app',
    'shop',
    '--integration',
    'desk',
    '--expires-in',
    '30m',
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
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: expect.stringContaining('is revoked: it stops working within'),
      });
    }
    expect(await decrypts(unseen.token, refs)).toBe(401);
    const left = (await listed()).map((each) => each.id);
    expect(left).not.toContain(id);
    expect(left).not.toContain(unseen.id);
  });

  test('of one app is not revoked through another', async () => {
    const { id } = await issued();
    expect((await daykey('token', 'revoke', '--app', 'clinic', id)).code).toBe(1);
    expect((await daykey('token', 'revoke', '--app', 'shop', id)).code).toBe(0);
  });

  test('for an app that the vault does not have is refused, with the reason', async () => {
    const issue = ['token', 'issue', '--app', 'nope', '--integration', 'desk', '--expires-in', '1h'];
    const { code, stdout, stderr } = await daykey(...issue);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('stack Daykey has no app nope');
  });
});

describe('the audit log', () => {
  const SUBJECT = unique('subject-canary');
  const VALUE = unique('value-canary');

  test('lists a decrypt that was just made, and nothing of other apps', async () => {
    const { refs } = await sealed({ one: VALUE, two: VALUE }, { subject: SUBJECT });
    const { refs: others } = await sealed({ value: VALUE }, {}, 'clinic-web');
    await opened(refs);
    await opened(others, 'clinic-desk');
    const bundle = bundleIdIn(present(parseRef(present(refs.one))).refId);

    const answer = await daykey('audit', '--app', 'shop', '--since', '5m', '--json');
    const lines = linesOf(answer);
    expect(answer.stderr).toContain(`${lines.length} requests of shop since `);
    const mine = lines.filter(({ refs: places }) => String(places).includes(bundle));
    expect(mine).toEqual([
      {
        at: expect.any(String),
        app: 'shop',
        integration: 'desk',
        credential: expect.stringMatching(/^token\/[0-9a-f]{12}$/),
        operation: 'decrypt',
        count: 2,
        requestId: expect.any(String),
        refs: [`${bundle}:0`, `${bundle}:1`],
      },
    ]);
    expect(lines.every(({ app }) => app === 'shop')).toBe(true);
    const times = lines.map(({ at }) => String(at));
    expect(times).toEqual(times.toSorted());
    for (const secret of [SUBJECT, VALUE, present(refs.one).slice(4)]) expect(answer.stdout).not.toContain(secret);

    const { stdout } = await daykey('audit', '--app', 'shop', '--since', '5m', '--integration', 'desk');
    expect(stdout).toContain(`  decrypt of 2 fields  ${bundle}:0,1  request `);
    const ofBot = await daykey('audit', '--app', 'shop', '--since', '5m', '--integration', 'bot');
    expect(ofBot.stdout).not.toContain(bundle);
    const ofClinic = await daykey('audit', '--app', 'clinic', '--since', '5m', '--json');
    expect(linesOf(ofClinic).map(({ integration }) => integration)).toContain('clinic-desk');
    expect(ofClinic.stdout).not.toContain(bundle);
  });

  test('of an app that the vault does not have is an error, and so are its tokens, keys and receipts', async () => {
    for (const command of [['audit'], ['token', 'list'], ['keys'], ['receipts', 'list']]) {
      const { code, stdout, stderr } = await daykey(...command, '--app', 'nope');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('stack Daykey has no app nope');
    }
  });
});

test('the slots of an app are listed with their buckets, and say whether KMS judges contexts', async () => {
  await sealed({ value: 1 });
  const slots = linesOf(await daykey('keys', '--app', 'shop', '--json'));
  const encrypting = slots.filter(({ encryptsNow }) => encryptsNow);
  expect(encrypting).toMatchObject([{ app: 'shop', state: 'ready', keyId: expect.any(String), contextsJudged: true }]);
  for (const { bucketCount, bucketWidthMinutes } of slots) {
    expect(bucketCount).toBeLessThanOrEqual(96);
    expect(Number(bucketWidthMinutes) * Number(bucketCount)).toBeGreaterThan(0);
  }
});

test('an explanation says what the deployed settings would have sealed, never a value', async () => {
  const value = unique('value-canary');
  const entry = JSON.stringify({ type: 'text.say', data: { text: value } });
  const answer = await daykeyReading(entry, 'explain', '--app', 'shop', '--entry', '-', '--mode', 'agent', '--json');
  expect(linesOf(answer)).toMatchObject([
    { sensitive: true, rule: 'event', parts: [{ pointer: '/data/text', sealed: true }] },
  ]);
  expect(answer.stdout + answer.stderr).not.toContain(value);
});

test('a stack that is not there is an error that says where it looked', async () => {
  const { code, stderr } = await daykey('audit', '--app', 'shop', '--stack', 'Other');
  expect(code).toBe(1);
  expect(stderr).toContain(`there is no stack Other in ${inject('vault').region}: check AWS_REGION`);
});

test('credentials that the account does not know are a separate error', async () => {
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'another' };
  const settings = { ...clientFor(inject('endpoint')), credentials };
  const { code, stderr } = await daykeyAs(settings, '', 'audit', '--app', 'shop');
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining('AWS does not know these credentials (InvalidClientTokenId): check AWS_PROFILE'),
  });
});

test('a role without the right to read the stack is denied, by name', async () => {
  const credentials = await assumed(present(integrationNamed('warehouse').roleArn));
  const settings = { ...clientFor(inject('endpoint')), credentials };
  const { code, stderr } = await daykeyAs(settings, '', 'audit', '--app', 'shop');
  expect(code).toBe(1);
  expect(stderr).toMatch(/daykey: AWS denies access: .+daykey-local-warehouse.+cloudformation:DescribeStacks/);
});
