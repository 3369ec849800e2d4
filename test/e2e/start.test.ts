// `npm start`, from the first line it prints to what is left after Ctrl-C.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LocalVault } from '../../local/deploy.ts';

const START = join(import.meta.dirname, '../../local/start.ts');
const EXAMPLE = join(import.meta.dirname, '../../examples/handover/main.ts');
const READY_MS = 150_000;

/** Runs it as a terminal would, with an emulator of its own. */
function start(...args: string[]): { child: ChildProcess; said: () => string } {
  const { AWS_ENDPOINT_URL: _, ...env } = process.env;
  const child = spawn(process.execPath, [START, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  return { child, said: () => said };
}

async function ended({ child }: { child: ChildProcess }): Promise<number | string | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? child.signalCode;
}

/** Processes whose parent is this one. */
function childrenOf(pid: number | undefined): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' }).trim().split('\n');
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, parent, state]) => Number(parent) === pid && !state?.startsWith('Z'))
    .map(([child]) => Number(child));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('--help says what can be asked and starts nothing', async () => {
  const run = start('--help');
  expect(await ended(run)).toBe(0);
  for (const word of ['--exit', '--folder', '--help', 'AWS_ENDPOINT_URL', 'Ctrl-C']) expect(run.said()).toContain(word);
});

test('an unknown option is refused', async () => {
  expect(await ended(start('--forever'))).not.toBe(0);
});

// With an emulator of somebody else's there is none to start, and perhaps none installed.
describe.skipIf(process.env.AWS_ENDPOINT_URL)('a vault that was started', () => {
  const folder = mkdtempSync(join(tmpdir(), 'daykey-start-'));
  const file = join(folder, 'vault.json');
  let run: ReturnType<typeof start>;
  let vault: LocalVault;
  let announcedEarly = false;

  beforeAll(async () => {
    run = start('--folder', folder);
    const giveUpAtMs = Date.now() + READY_MS;
    while (!run.said().includes('Ctrl-C stops it')) {
      if (run.child.exitCode !== null || Date.now() > giveUpAtMs) throw new Error(`it did not start:\n${run.said()}`);
      announcedEarly ||= existsSync(file) && !run.said().includes('what was sealed is gone');
      await sleep(50);
    }
    vault = JSON.parse(readFileSync(file, 'utf8')) as LocalVault;
  }, READY_MS);

  afterAll(async () => {
    run.child.kill('SIGINT');
    await ended(run);
    rmSync(folder, { recursive: true, force: true });
  });

  test('writes vault.json when it is ready, not before', () => {
    expect(announcedEarly).toBe(false);
    expect(existsSync(file)).toBe(true);
  });

  test('lets nobody else on the machine read vault.json', () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('says where it is', () => {
    expect(vault).toMatchObject({
      audience: expect.stringMatching(/^daykey:\d{12}:[a-z0-9-]+:Daykey$/),
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/\S+[^/]$/),
      region: expect.stringMatching(/^[a-z]{2}-[a-z]+-\d$/),
      endpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
  });

  test('has two apps, and in the first an integration of each kind, each with a token or a role', () => {
    expect(vault.apps.length).toBeGreaterThanOrEqual(2);
    const own = Object.values(vault.integrations).filter(({ app }) => app === vault.apps[0]);
    const kinds = ['messaging', 'customer-support', 'component', 'other'];
    expect(own.map(({ kind }) => kind)).toEqual(expect.arrayContaining(kinds));
    for (const { app, token, roleArn } of Object.values(vault.integrations)) {
      expect(vault.apps).toContain(app);
      expect([token, roleArn].filter((one) => one !== undefined)).toHaveLength(1);
      expect(token ?? roleArn).toMatch(/^dkt_[\w-]{43}$|^arn:aws:iam::\d{12}:role\/[\w-]+$/);
    }
  });

  test('has a function for each operation', () => {
    expect(vault.functions).toMatchObject({ encrypt: expect.stringMatching(/./), decrypt: expect.stringMatching(/./) });
  });

  // It once ended by itself some seconds after the last request, and left vault.json behind.
  test('stays up when nothing happens', async () => {
    await sleep(6000);
    expect([run.child.exitCode, run.child.signalCode]).toEqual([null, null]);
  });

  test('answers on the address that it gave', async () => {
    const { app, token } = Object.values(vault.integrations)[0] ?? { app: '', token: '' };
    const response = await fetch(`${vault.url}/v1/apps/${app}/encrypt`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: '{"fields":{"value":"x"}}',
    });
    expect(response.status).toBe(200);
  });

  test('plays on the deployed stack what the example plays in memory, in seconds instead of a day', () => {
    const inMemory = execFileSync(process.execPath, [EXAMPLE], { encoding: 'utf8' });
    expect(run.said()).toContain(inMemory.replace('24 hours later', '12 seconds later'));
  });

  test('shows neither an API token nor a ref', () => {
    expect(run.said()).not.toMatch(/dkt_[\w-]{4}/);
    expect(run.said()).not.toMatch(/dk1_/);
    for (const { token } of Object.values(vault.integrations)) {
      if (token !== undefined) expect(run.said()).not.toContain(token.slice(4));
    }
  });

  test('ends with Ctrl-C, and with it the emulator and vault.json', async () => {
    const started = childrenOf(run.child.pid);
    expect(started.length).toBeGreaterThan(0);
    run.child.kill('SIGINT');
    expect(await ended(run)).toBe(0);
    expect(started.filter(isAlive)).toEqual([]);
    await expect(fetch(vault.endpoint)).rejects.toThrow();
    expect(existsSync(file)).toBe(false);
  });
});
