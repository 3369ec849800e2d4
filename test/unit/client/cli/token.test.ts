// `daykey token`: tokens are issued with an end, listed without anything that opens, and revoked by their ID.

import { beforeEach, describe, expect, test } from 'vitest';
import { hashApiToken } from '../../../../vault/domain/api-token.ts';
import type { AppSettings } from '../../../../vault/domain/settings.ts';
import { atTerminal, aVault, jsonLines, NOW, type Ran } from '../../../support/operator.ts';

let daykey: (...args: string[]) => Promise<Ran>;
let vault: ReturnType<typeof aVault>;

beforeEach(async () => {
  vault = aVault();
  await vault.setUp({});
  daykey = atTerminal(vault);
});

function issue(...more: string[]): Promise<Ran> {
  return daykey('token', 'issue', '--app', 'shop', '--integration', 'desk', '--expires-in', '30d', ...more);
}

describe('issuing', () => {
  test('prints the token on stdout and nothing else there, and stores its hash', async () => {
    const { code, stdout, stderr } = await issue();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^dkt_[\w-]{43}\n$/);
    const hash = hashApiToken(stdout.trim());
    expect(Object.fromEntries(vault.grants)).toEqual({
      [hash]: {
        app: 'shop',
        integration: 'desk',
        generation: vault.generationOf('desk'),
        createdAtS: 1_795_694_430,
        expiresAtS: 1_795_694_430 + 30 * 86_400,
      },
    });
    expect(stderr).toBe(
      `daykey: token ${hash.slice(0, 12)} is for shop/desk, until 2026-12-26 12:00Z\n` +
        'daykey: it is shown only now: the vault keeps its hash\n',
    );
  });

  test('with --json prints the ID and the expiry beside it', async () => {
    expect(jsonLines(await issue('--json'))).toEqual([
      {
        token: expect.stringMatching(/^dkt_/),
        id: expect.stringMatching(/^[0-9a-f]{12}$/),
        app: 'shop',
        integration: 'desk',
        expiresAt: '2026-12-26T12:00:30Z',
      },
    ]);
  });

  test.each([
    ['an app that the vault does not have', { app: 'nope' }, 'stack Daykey has no app nope: check --app'],
    ['an app that has left the vault', { app: 'gone' }, 'stack Daykey has no app gone'],
    ['an integration that the app does not have', { integration: 'dsk' }, 'no integration dsk, it has web, desk:'],
    ['an integration with a name that every object has', { integration: 'toString' }, 'no integration toString'],
    ['a time over the limit', { expiresIn: '367d' }, 'at most 366d'],
    ['a time without a unit', { expiresIn: '30' }, 'like 30m, 24h or 90d'],
    ['no time', { expiresIn: '0d' }, 'like 30m, 24h or 90d'],
  ])('refuses %s, and stores nothing', async (_, changes, says) => {
    await vault.setUp({ app: 'gone', state: 'retired' });
    const { app, integration, expiresIn } = { app: 'shop', integration: 'desk', expiresIn: '30d', ...changes };
    const args = ['--app', app, '--integration', integration, '--expires-in', expiresIn];
    const { code, stdout, stderr } = await daykey('token', 'issue', ...args);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining(says) });
    expect(vault.grants.size).toBe(0);
  });
});

describe('listing', () => {
  test('shows ID, integration, dates and last use in a table, and neither token nor hash', async () => {
    const token = (await issue()).stdout.trim();
    vault.lastDays.set(hashApiToken(token).slice(0, 12), '2026-11-25');
    await daykey('token', 'issue', '--app', 'shop', '--integration', 'web', '--expires-in', '30m');
    const { code, stdout } = await daykey('token', 'list', '--app', 'shop');
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/).slice(1))).toEqual([
      ['INTEGRATION', 'CREATED', 'EXPIRES', 'LAST DECRYPT'],
      ['desk', '2026-11-26 12:00Z', '2026-12-26 12:00Z', '2026-11-25'],
      ['web', '2026-11-26 12:00Z', '2026-11-26 12:30Z', 'never'],
      [],
    ]);
    expect(stdout).not.toContain(token.slice(4));
    expect(stdout).not.toMatch(/[0-9a-f]{13}/);
  });

  test('marks a token that has expired, from its last second on', async () => {
    const grant = {
      app: 'shop',
      integration: 'web',
      generation: vault.generationOf('web'),
      createdAtS: 0,
      expiresAtS: NOW / 1000,
    };
    vault.grants.set('a'.repeat(64), grant);
    vault.grants.set('b'.repeat(64), { ...grant, expiresAtS: grant.expiresAtS + 1 });
    const lines = (await daykey('token', 'list', '--app', 'shop')).stdout.split('\n');
    expect(lines.filter((line) => line.includes('(expired)'))).toEqual([expect.stringMatching(/^aaaaaaaaaaaa /)]);
  });

  test('with --json prints a line for each token', async () => {
    await issue();
    expect(jsonLines(await daykey('token', 'list', '--app', 'shop', '--json'))).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{12}$/),
        app: 'shop',
        integration: 'desk',
        createdAt: '2026-11-26T12:00:30Z',
        expiresAt: '2026-12-26T12:00:30Z',
        lastDecryptOn: null,
        integrationRemoved: false,
      },
    ]);
  });

  test('marks a token whose integration was removed, also when one of that name is set up again', async () => {
    await issue();
    const [web, desk] = ['messaging', 'customer-support'].map((kind) => ({ kind, processSensitive: false, roles: [] }));
    await vault.setUp({ integrations: { web } as AppSettings['integrations'] });
    const expected = ['desk', '2026-11-26 12:00Z', '2026-12-26 12:00Z (integration removed)', 'never'];
    const cellsOf = ({ stdout }: Ran) => stdout.split('\n')[1]?.split(/ {2,}/).slice(1);
    expect(cellsOf(await daykey('token', 'list', '--app', 'shop'))).toEqual(expected);
    await vault.setUp({ integrations: { web, desk, bot: web } as AppSettings['integrations'] });
    expect(cellsOf(await daykey('token', 'list', '--app', 'shop'))).toEqual(expected);
    expect(jsonLines(await daykey('token', 'list', '--app', 'shop', '--json'))).toMatchObject([
      { integration: 'desk', integrationRemoved: true },
    ]);
  });

  test('looks up the last use of every token, however many there are', async () => {
    for (let nr = 10; nr < 60; nr += 1) {
      const hash = `${nr}`.repeat(32);
      vault.grants.set(hash, { app: 'shop', integration: 'web', generation: 'g1', createdAtS: nr, expiresAtS: nr });
      vault.lastDays.set(hash.slice(0, 12), `day ${nr}`);
    }
    const listed = jsonLines(await daykey('token', 'list', '--app', 'shop', '--json')) as Record<string, string>[];
    expect(listed.map(({ lastDecryptOn }) => lastDecryptOn)).toEqual(
      Array.from({ length: 50 }, (_, index) => `day ${index + 10}`),
    );
  });

  test('of an app that the vault does not have is an error, not an empty list', async () => {
    expect(await daykey('token', 'list', '--app', 'nope')).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('stack Daykey has no app nope: check --app'),
    });
  });

  test('of an app without tokens says how to make one', async () => {
    const { code, stdout, stderr } = await daykey('token', 'list', '--app', 'shop');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('app shop has no tokens: `daykey token issue` makes one');
  });

  test('still shows the tokens of an app that is no longer there', async () => {
    vault.grants.set('a'.repeat(64), {
      app: 'former',
      integration: 'web',
      generation: 'g1',
      createdAtS: 0,
      expiresAtS: 0,
    });
    expect((await daykey('token', 'list', '--app', 'former')).stdout).toContain('aaaaaaaaaaaa');
  });
});

describe('revoking', () => {
  test('takes the ID of a token of that app', async () => {
    const id = hashApiToken((await issue()).stdout.trim()).slice(0, 12);
    const { code, stderr } = await daykey('token', 'revoke', '--app', 'shop', id);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `daykey: token ${id} is revoked: it stops working within 60 seconds\n`,
    });
    expect(vault.grants.size).toBe(0);
  });

  test.each([
    [
      'an ID that the app does not have',
      'shop',
      '0123456789ab',
      'app shop has no token 0123456789ab: `daykey token list',
    ],
    ['an app that the vault does not have', 'nope', '0123456789ab', 'stack Daykey has no app nope'],
    ['a name', 'shop', 'desk', 'an ID has 12 hex digits: `daykey token list` shows them'],
    ['fewer digits than could mean one token', 'shop', '0123456789a', 'an ID has 12 hex digits'],
  ])('refuses %s', async (_, app, id, says) => {
    const { code, stdout, stderr } = await daykey('token', 'revoke', '--app', app, id);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining(says) });
  });

  test('does not reach the token of another app', async () => {
    await vault.setUp({ app: 'clinic' });
    const id = hashApiToken((await issue()).stdout.trim()).slice(0, 12);
    expect((await daykey('token', 'revoke', '--app', 'clinic', id)).code).toBe(1);
    expect(vault.grants.size).toBe(1);
  });
});
