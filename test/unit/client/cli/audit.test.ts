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

describe('a name that is wrong is an error, not an empty log:', () => {
  test('an app that the vault does not have', async () => {
    expect(await daykey('audit', '--app', 'nope')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'daykey: stack Daykey has no app nope: check --app, or add it to the settings and deploy them\n',
    });
  });

  test('an integration that the app does not have and never had', async () => {
    const { code, stderr } = await daykey('audit', '--app', 'shop', '--integration', 'dsk');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'daykey: app shop has no integration dsk, it has web, desk: check --integration\n',
    });
  });
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
