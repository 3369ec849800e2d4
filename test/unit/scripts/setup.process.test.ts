// The set-up of a fresh clone, with a fake npm that logs its calls.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const SCRIPTS = join(import.meta.dirname, '../../../scripts');

// An `npm ci` that ends when the file `go` is there.
const NPM = `
  const { appendFileSync, existsSync, mkdirSync, writeFileSync } = require('node:fs');
  appendFileSync('npm-calls.log', process.argv.slice(2).join(' ') + '\\n');
  if (process.env.NPM_FAILS) process.exit(1);
  setInterval(() => {
    if (!existsSync('go')) return;
    mkdirSync('node_modules/.bin', { recursive: true });
    writeFileSync('node_modules/.bin/node', '');
    writeFileSync('node_modules/.package-lock.json', '{"packages":{}}');
    process.exit();
  }, 20);
`;

// A Python that is new enough, and whose environments hold a copy of it.
const PYTHON = `#!/bin/sh
case "$*" in
  *version_info*) echo 3 12 ;;
  '-m venv '*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
esac
`;

let clone: string;
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'daykey-setup-'));
  mkdirSync(join(clone, 'scripts'));
  for (const file of ['setup.mjs', 'lock.mjs', 'second-judges.mjs']) {
    copyFileSync(join(SCRIPTS, file), join(clone, 'scripts', file));
  }
  writeFileSync(join(clone, 'package-lock.json'), '{"packages":{"":{}}}');
  writeFileSync(join(clone, 'npm.js'), NPM);
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

/** A running set-up: its output so far, and its exit code once it ends. */
function begin(
  environment: NodeJS.ProcessEnv = {},
  args: readonly string[] = [],
): { said: () => string; ended: Promise<unknown> } {
  const env = {
    ...process.env,
    npm_execpath: join(clone, 'npm.js'),
    npm_node_execpath: process.execPath,
    ...environment,
  };
  const child = spawn(process.execPath, [join(clone, 'scripts/setup.mjs'), ...args], { env });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  return { said: () => said, ended: once(child, 'close').then(([code]) => code as unknown) };
}

async function setUp(environment: NodeJS.ProcessEnv = {}): Promise<{ code: unknown; said: string }> {
  allowNpmToEnd();
  const { said, ended } = begin(environment);
  return { code: await ended, said: said() };
}

function allowNpmToEnd(): void {
  writeFileSync(join(clone, 'go'), '');
}

function npmCalls(): string[] {
  return readFileSync(join(clone, 'npm-calls.log'), 'utf8').trim().split('\n');
}

test('of two first runs at once the second says that it waits, and does not install again', async () => {
  const first = begin();
  await expect.poll(() => existsSync(join(clone, 'npm-calls.log'))).toBe(true);
  const second = begin();
  await expect.poll(second.said).toContain('setup: waiting for process');
  allowNpmToEnd();
  expect(await Promise.all([first.ended, second.ended])).toEqual([0, 0]);
  expect(npmCalls()).toHaveLength(1);
  expect(second.said()).not.toContain('installing');
});

test('a run for Python tools installs them while another installs the packages, and then waits for it', async () => {
  const python = join(clone, 'python.sh');
  writeFileSync(python, PYTHON, { mode: 0o755 });
  mkdirSync(join(clone, 'local'));
  writeFileSync(join(clone, 'local/emulator-requirements.txt'), '');
  const packages = begin();
  await expect.poll(() => existsSync(join(clone, 'npm-calls.log'))).toBe(true);
  const tools = begin({ PYTHON: python, AWS_ENDPOINT_URL: '' }, ['emulator']);
  await expect.poll(tools.said).toMatch(/installing the AWS emulator: done.+setup: waiting for process/s);
  allowNpmToEnd();
  expect(await Promise.all([packages.ended, tools.ended])).toEqual([0, 0]);
  expect(npmCalls()).toHaveLength(1);
});

test('a run after a failed one installs, and no lock is left behind', async () => {
  const failed = await setUp({ NPM_FAILS: '1' });
  expect(failed).toEqual({ code: 1, said: expect.stringContaining('installing the npm packages failed') });
  expect((await setUp()).code).toBe(0);
  expect(npmCalls()).toHaveLength(2);
  expect(readdirSync(join(clone, '.local'))).toEqual([]);
});

test('a run that finds everything in place says nothing', async () => {
  await setUp();
  expect(await setUp()).toEqual({ code: 0, said: '' });
});

test('--check fails with the command to run where packages are missing, and passes where they are not', async () => {
  const before = begin({}, ['--check']);
  expect(await before.ended).toBe(1);
  expect(before.said()).toContain('Run: npm ci');
  expect(existsSync(join(clone, 'npm-calls.log'))).toBe(false);
  await setUp();
  const after = begin({}, ['--check']);
  expect([await after.ended, after.said()]).toEqual([0, '']);
});

test('a name that is no tool is refused with those that are', async () => {
  const { ended, said } = begin({}, ['emulater']);
  expect(await ended).toBe(1);
  expect(said()).toContain('expected any of emulator, judges, openbao, got emulater');
});
