// `npm start`, from the first line it prints to what is left after Ctrl-C.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LocalVault } from '../../local/local-vault.ts';

const START = join(import.meta.dirname, '../../local/start.ts');
const CLI = join(import.meta.dirname, '../../client/cli/daykey.ts');
const EXAMPLE = join(import.meta.dirname, '../../examples/handover/main.ts');
const READY_MS = 300_000;
const MY_SETTINGS = `export default {
  apps: {
    mine: {
      integrations: {
        web: { kind: 'messaging' },
        lab: { kind: 'customer-support', roleArns: ['arn:aws:iam::111122223333:role/lab'] },
      },
    },
    yours: { integrations: { web: { kind: 'messaging' } } },
  },
};
`;

/** What may be in the environment of someone who works with AWS, none of which the emulator accepts. */
const OF_A_DEVELOPER = {
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'a secret',
  AWS_SESSION_TOKEN: 'a token',
  AWS_PROFILE: 'a-profile',
  AWS_REGION: 'eu-central-1',
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
};

/** Runs it as in a developer's terminal, with its own emulator. */
function start(...args: string[]): { child: ChildProcess; said: () => string } {
  const { AWS_ENDPOINT_URL: _, ...env } = process.env;
  Object.assign(env, OF_A_DEVELOPER);
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

/** Waits until a vault is up. @param look is called again and again meanwhile. */
async function ready({ child, said }: ReturnType<typeof start>, look = () => {}): Promise<void> {
  const giveUpAtMs = Date.now() + READY_MS;
  while (!said().includes('Ctrl-C stops it')) {
    if (child.exitCode !== null || Date.now() > giveUpAtMs) throw new Error(`it did not start:\n${said()}`);
    look();
    await sleep(50);
  }
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

// With AWS_ENDPOINT_URL the tests use that emulator, and no other need be installed.
describe.skipIf(process.env.AWS_ENDPOINT_URL)('a vault that was started', () => {
  const folder = mkdtempSync(join(tmpdir(), 'daykey-start-'));
  const file = join(folder, 'vault.json');
  let run: ReturnType<typeof start>;
  let vault: LocalVault;
  const seenAtMs = { file: 0, line: 0 };

  beforeAll(async () => {
    run = start('--folder', folder);
    await ready(run, () => {
      if (existsSync(file)) seenAtMs.file ||= Date.now();
      if (run.said().includes('what was sealed is gone')) seenAtMs.line ||= Date.now();
    });
    vault = JSON.parse(readFileSync(file, 'utf8')) as LocalVault;
  }, READY_MS);

  afterAll(async () => {
    run.child.kill('SIGINT');
    await ended(run);
    rmSync(folder, { recursive: true, force: true });
  });

  test('writes vault.json when it is ready, not before', () => {
    expect(existsSync(file)).toBe(true);
    // The line comes through a pipe. A deployment takes far longer on a machine that needs ten seconds for that.
    expect(seenAtMs.line - seenAtMs.file).toBeLessThan(10_000);
  });

  test('lets no other user of the machine read vault.json', () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('says at which address it is', () => {
    expect(vault).toMatchObject({
      audience: expect.stringMatching(/^daykey:\d{12}:[a-z0-9-]+:Daykey$/),
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/\S+[^/]$/),
      region: expect.stringMatching(/^[a-z]{2}-[a-z]+-\d$/),
      endpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
  });

  test('has two apps, the first with an integration of each kind, each with a token or a role', () => {
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

  test('is not disturbed by a second start, which says who runs and what to do instead', async () => {
    const second = start('--folder', folder);
    expect(await ended(second)).toBe(1);
    expect(second.said().trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^npm start: process \d+ runs a vault in \S+\. Use that one, end it, or .+ --folder \S+$/),
    ]);
    expect(second.said()).toContain(`process ${run.child.pid} `);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(vault);
    expect(readdirSync(join(folder, 'run'))).toContain('cdk.out');
  });

  test('is found by the command line, with the line that was printed', async () => {
    const [, printed = ''] = /npm run daykey -- (.+)/.exec(run.said()) ?? [];
    expect(printed).toContain(`--vault ${relative(process.cwd(), file)}`);
    const { AWS_REGION: _, AWS_ACCESS_KEY_ID: __, ...env } = process.env;
    const log = execFileSync(process.execPath, [CLI, ...printed.split(' ')], { env, encoding: 'utf8' });
    expect(log).toMatch(/^\S+ {2}desk {2}token\/\S+ {2}outgoing of 1 field /m);
  });

  // It once ended by itself some seconds after the last request, and left vault.json behind.
  test('stays up when nothing happens', async () => {
    await sleep(6000);
    expect([run.child.exitCode, run.child.signalCode]).toEqual([null, null]);
  });

  test('answers at the address in vault.json', async () => {
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
    expect(run.said()).not.toMatch(/dk2_/);
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

describe.skipIf(process.env.AWS_ENDPOINT_URL)('further runs, each in its own folder:', () => {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  function aFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'daykey-start-'));
    folders.push(folder);
    return folder;
  }

  test.concurrent(
    'npm run demo plays the example, says that its vault ends, and points at no file',
    async () => {
      const folder = aFolder();
      const run = start('--exit', '--folder', folder);
      expect(await ended(run)).toBe(0);
      expect(run.said()).toContain('12 seconds later');
      expect(run.said().trimEnd().split('\n').at(-1)).toMatch(
        /^Done in \d+\.\d s, and the vault ends\. npm start keeps one running\.$/,
      );
      expect(run.said()).not.toContain('vault.json');
      expect(readdirSync(folder)).toEqual(['run']);
    },
    READY_MS,
  );

  test.concurrent(
    '--settings deploys the vault of that file',
    async () => {
      const folder = aFolder();
      const settings = join(folder, 'my.settings.ts');
      writeFileSync(settings, MY_SETTINGS);
      const run = start('--settings', settings, '--folder', folder);
      await ready(run);
      const { url, apps, integrations } = JSON.parse(readFileSync(join(folder, 'vault.json'), 'utf8')) as LocalVault;
      expect(apps).toEqual(['mine', 'yours']);
      expect(Object.keys(integrations)).toEqual(['mine/web', 'lab', 'yours/web']);
      const response = await fetch(`${url}/v1/apps/yours/encrypt`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${integrations['yours/web']?.token}` },
        body: '{"fields":{"value":"x"}}',
      });
      expect(response.status).toBe(200);
      // A role of another account cannot be assumed here, so this integration has a token.
      expect(integrations.lab?.token).toMatch(/^dkt_/);
      run.child.kill('SIGINT');
      expect(await ended(run)).toBe(0);
    },
    READY_MS,
  );
});
