// `npm run dev` as a process: what it prints, that it follows its settings file, and what it says of a mistake.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

const DEV = join(import.meta.dirname, '../../../local/dev.ts');
const SETTINGS = "export default { apps: { shop: { integrations: { web: { kind: 'messaging' } } } } };\n";
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daykey-dev-'));
  file = join(folder, 'daykey.settings.ts');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function dev(...args: string[]) {
  const child = spawn(process.execPath, [DEV, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  return { child, said: () => said, exited: once(child, 'exit') };
}

test('it prints how to call it, follows its settings file, and keeps running when a setting is wrong', async () => {
  writeFileSync(file, SETTINGS);
  const { child, said, exited } = dev('--settings', file, '--port', '0');
  try {
    await expect.poll(said).toContain('Ctrl-C ends it.');
    const [, url] = /at (http:\/\/127\.0\.0\.1:\d+)$/m.exec(said()) ?? [];
    const [, token] = /shop +web +messaging +(dkt_\S{43})$/m.exec(said()) ?? [];
    const encrypt = async () => {
      const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };
      const body = '{"fields":{"value":"x"}}';
      return (await fetch(`${url}/v1/apps/shop/encrypt`, { method: 'POST', headers, body })).status;
    };
    expect(await encrypt()).toBe(200);

    writeFileSync(file, SETTINGS.replace('messaging', 'mesaging'));
    await expect.poll(said).toContain('did you mean messaging?');
    expect(await encrypt()).toBe(200);

    writeFileSync(file, SETTINGS.replace("{ web: { kind: 'messaging' } }", "{ desk: { kind: 'component' } }"));
    await expect.poll(said).toMatch(/shop +desk +component +dkt_/);
    expect(await encrypt()).toBe(401);
  } finally {
    child.kill('SIGINT');
    await exited;
  }
});

describe('a wrong start ends with a line that says what to do:', () => {
  const taken = createServer();
  beforeAll(() => once(taken.listen(0, '127.0.0.1'), 'listening'));
  afterAll(() => void taken.close());

  test.each<[what: string, args: () => string[], says: string]>([
    ['no number as the port', () => ['--port', ''], '--port takes 0 to 65535'],
    [
      'a port that is in use',
      () => ['--port', String((taken.address() as AddressInfo).port)],
      'end what uses it, or choose another with --port',
    ],
  ])('%s', async (_, args, says) => {
    const { said, exited } = dev(...args());
    expect(await exited).toEqual([1, null]);
    expect(said().trimEnd().split('\n')).toEqual([expect.stringContaining(says)]);
  });
});

test('without its settings file it ends and says so', async () => {
  const { said, exited } = dev('--settings', 'gone.ts');
  expect(await exited).toEqual([1, null]);
  expect(said()).toBe(
    "npm run dev: the vault's settings are not valid:\n  gone.ts does not exist: check the path of the settings file\n",
  );
});
