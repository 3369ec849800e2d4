// `daykey app`: what it asks of the function that sets apps up, and what an operator sees.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { ListedApp } from '../../../../vault/usecases/apps/cli-apps.ts';
import { atTerminal, aVault, jsonLines, NOW, type Ran } from '../../../support/operator.ts';

const folder = mkdtempSync(join(tmpdir(), 'daykey-app-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const integrations = { web: { kind: 'messaging' } };
const SHOP: ListedApp = { app: 'shop', owner: 'stack', state: 'live', keys: 'own', integrations: ['web', 'desk'] };
const CLINIC: ListedApp = {
  app: 'clinic',
  owner: 'cli',
  state: 'retired',
  sinceS: Math.floor(NOW / 1000),
  keys: 3,
  integrations: [],
};

let vault: ReturnType<typeof aVault>;
beforeEach(() => {
  vault = aVault();
});

function daykey(args: readonly string[], stdin = ''): Promise<Ran> {
  return atTerminal({ vault: vault.vault, stdin })('app', ...args);
}

function file(content: unknown): string {
  const path = join(folder, 'apps.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('put', () => {
  test('asks for the apps of a file, and says when they can encrypt', async () => {
    vault.answers.push({ isReady: true });
    const ran = await daykey(['put', file({ apps: { clinic: { integrations } } })]);
    expect(vault.asked).toEqual([{ task: 'put', apps: { clinic: { integrations } } }]);
    expect(ran).toMatchObject({ code: 0, stdout: '' });
    expect(ran.stderr).toContain('1 app can encrypt: give integrations their tokens with `daykey token issue`');
  });

  test('reads standard input', async () => {
    vault.answers.push({ isReady: true });
    expect((await daykey(['put', '-'], JSON.stringify({ apps: { clinic: { integrations } } }))).code).toBe(0);
    expect(vault.asked).toHaveLength(1);
  });

  test('asks for many apps in parts, and again while keys are not ready', async () => {
    const apps = Object.fromEntries(Array.from({ length: 1100 }, (_, number) => [`app-${number}`, { integrations }]));
    vault.answers.push({ isReady: true }, { isReady: false }, { isReady: true }, { isReady: true });
    expect((await daykey(['put', file({ apps })])).code).toBe(0);
    const sizes = vault.asked.map((request) => request.task === 'put' && Object.keys(request.apps as object).length);
    expect(sizes).toEqual([500, 500, 500, 100]);
    expect(vault.asked[1]).toEqual(vault.asked[2]);
  });

  test('gives up on keys that never get ready, and says what to do', async () => {
    const ran = await daykey(['put', file({ apps: { clinic: { integrations } } })]);
    expect(vault.asked).toHaveLength(10);
    expect(ran).toMatchObject({
      code: 1,
      stderr: 'daykey: the apps are stored, but their first keys are not ready: run the same command again\n',
    });
  });

  test('fails with every line of what the function says', async () => {
    const problem = 'no app was set up:\n  apps.shop: the app shop belongs to the settings';
    vault.answers.push({ problem });
    expect(await daykey(['put', file({ apps: { shop: { integrations } } })])).toMatchObject({
      code: 1,
      stderr: `daykey: ${problem}\n`,
    });
  });

  test('that fails after some calls says how many apps are set up', async () => {
    const apps = Object.fromEntries(Array.from({ length: 600 }, (_, number) => [`app-${number}`, { integrations }]));
    vault.answers.push({ isReady: true }, { problem: 'no app was set up:\n  apps.app-501: is wrong' });
    expect(await daykey(['put', file({ apps })])).toMatchObject({
      code: 1,
      stderr: 'daykey: the first 500 apps are set up. Of the rest: no app was set up:\n  apps.app-501: is wrong\n',
    });
  });

  test.each<[string, unknown, string]>([
    ['no JSON', '{', 'is not JSON: write {"apps": {"shop": {"integrations": {…}}}}'],
    ['a list', [], 'must hold {"apps": {…}} and nothing else'],
    ['no app', { apps: {} }, 'must hold {"apps": {…}} and nothing else'],
    ['settings for all apps', { apps: { a: {} }, kekLife: {} }, 'what all apps have in common is deployed'],
  ])('of %s asks for nothing', async (_, content, words) => {
    const ran = await daykey(['put', file(content)]);
    expect([ran.code, vault.asked]).toEqual([1, []]);
    expect(ran.stderr).toContain(words);
  });

  test.each([
    ['is not JSON', '{'],
    ['must hold {"apps": {…}}', '{}'],
  ])('of a text that %s calls it standard input', async (words, stdin) => {
    const ran = await daykey(['put', '-'], stdin);
    expect([ran.code, vault.asked]).toEqual([1, []]);
    expect(ran.stderr).toContain(`daykey: standard input ${words}`);
  });

  test('of a file that is not there says so', async () => {
    const ran = await daykey(['put', join(folder, 'none.json')]);
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no such file') });
  });
});

describe('list', () => {
  test('shows every app of all pages, by name, with owner, state and keys', async () => {
    vault.answers.push({ apps: [SHOP], next: 'shop' }, { apps: [CLINIC] });
    const ran = await daykey(['list']);
    expect(vault.asked).toEqual([{ task: 'list' }, { task: 'list', after: 'shop' }]);
    expect(ran.stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['APP', 'OWNER', 'STATE', 'SINCE', 'KEYS', 'INTEGRATIONS'],
      ['clinic', 'cli', 'retired', '2026-11-26T12:00:30Z', 'pool 3', 'none'],
      ['shop', 'stack', 'live', '-', 'own', 'web, desk'],
      [''],
    ]);
  });

  test('prints lines of JSON', async () => {
    vault.answers.push({ apps: [CLINIC] });
    const { sinceS, ...clinic } = CLINIC;
    expect(jsonLines(await daykey(['list', '--json']))).toEqual([{ ...clinic, since: '2026-11-26T12:00:30Z' }]);
  });

  test('of no app says how to set one up', async () => {
    vault.answers.push({ apps: [] });
    expect((await daykey(['list'])).stderr).toBe('daykey: the vault has no apps: set one up with `daykey app put`\n');
  });
});

test('show prints an app as JSON, and of an unknown one where to look', async () => {
  const shown = { ...SHOP, addedRoles: [] };
  vault.answers.push({ shown }, {});
  expect(JSON.parse((await daykey(['show', 'shop'])).stdout)).toEqual(shown);
  expect(await daykey(['show', 'none'])).toMatchObject({
    code: 1,
    stderr: 'daykey: stack Daykey has no app none: `daykey app list` shows those that it has\n',
  });
  expect(vault.asked).toEqual([
    { task: 'show', app: 'shop' },
    { task: 'show', app: 'none' },
  ]);
});

test('retire ends apps by name, and says how to take it back', async () => {
  const ran = await daykey(['retire', 'clinic', 'lab']);
  expect(vault.asked).toEqual([{ task: 'retire', apps: ['clinic', 'lab'] }]);
  expect(ran).toMatchObject({ code: 0, stdout: '' });
  expect(ran.stderr).toContain('retired 2 apps: callers are refused within 60 seconds, keys and blobs go in an hour');
});
