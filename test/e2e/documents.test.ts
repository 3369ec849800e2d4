// What the documents tell people to type works: every command block is typed, in order, in a clone of this checkout.

import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { clientFor } from '../../local/emulator-client.ts';
import { writeVault } from '../../local/local-vault.ts';
import { type Block, blocksOf, filesOfCheckout, ROOT } from '../support/documents.ts';

/** Commands that another test runs: what they start keeps running, or is this run itself. */
const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  'npm start\n': 'test/e2e/start.test.ts',
};
/** Documents whose commands deploy and destroy: they need an emulator that nothing else uses. */
const DEPLOYING = ['docs/operations.md'];
const LONGEST_MS = 400_000;

const documents = filesOfCheckout().filter((path) => path.endsWith('.md'));
const commands = documents.flatMap(blocksOf).filter(({ language }) => language === 'sh');
const typed = Map.groupBy(
  commands.filter(({ text }) => RUN_ELSEWHERE[text] === undefined),
  ({ document }) => document,
);

test('the documents have commands, and those that run elsewhere are in a test', () => {
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'docs/operations.md']));
  expect([...typed.keys()]).toEqual(expect.arrayContaining(['README.md', 'docs/operations.md']));
  for (const [command, file] of Object.entries(RUN_ELSEWHERE)) {
    expect(commands.map(({ text }) => text)).toContain(command);
    expect(existsSync(join(ROOT, file))).toBe(true);
  }
});

test('no block holds commands without saying so', () => {
  const unmarked = documents.flatMap(blocksOf).filter(({ language }) => language === '');
  expect(unmarked.filter(({ text }) => /^(npm|npx|node|aws|git|curl) /m.test(text))).toEqual([]);
});

describe.skipIf(process.env.AWS_ENDPOINT_URL)('typed in order, the commands of', () => {
  const folder = mkdtempSync(join(tmpdir(), 'daykey-documents-'));
  const clone = join(folder, 'clone');
  let emulator: Emulator;

  beforeAll(async () => {
    emulator = await startEmulator({ logFile: join(folder, 'emulator.log') });
    makeClone(join(folder, 'origin'), clone);
    writeVault(join(clone, '.local', 'vault.json'), inject('vault'));
  });

  afterAll(async () => {
    await emulator?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  describe.each([...typed])('%s', (document, blocks) => {
    let session: Session;
    beforeAll(async () => {
      const endpoint = DEPLOYING.includes(document) ? emulator.endpoint : inject('endpoint');
      session = await typeIn(clone, endpoint, blocks);
    }, LONGEST_MS);

    test.each(blocks.map(({ line }, nr) => [`${document}:${line}`, nr] as const))('%s succeed', (_, nr) => {
      expect(session.done > nr ? 'done' : `failed:\n${session.said}`).toBe('done');
    });
  });
});

interface Session {
  /** How many blocks ran to their end. */
  readonly done: number;
  /** The end of what was printed. */
  readonly said: string;
}

/** Types blocks into one shell, which stops at the first command that fails. */
async function typeIn(cwd: string, endpoint: string, blocks: readonly Block[]): Promise<Session> {
  const mark = '\u0000';
  const script = blocks.map(({ text }) => `${text}printf '\\0'\n`).join('');
  const { region, credentials } = clientFor(endpoint);
  // An empty profile is none to the SDK, and one that cannot be found to other tools.
  const { AWS_PROFILE: _, AWS_SESSION_TOKEN: __, ...env } = process.env;
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd,
    env: {
      ...env,
      PATH: [join(ROOT, '.judges', 'bin'), process.env.PATH].join(delimiter),
      AWS_ENDPOINT_URL: endpoint,
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      CDK_REQUIRE_APPROVAL: 'never',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CI: 'true',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  await new Promise((resolve) => shell.on('close', resolve));
  return { done: said.split(mark).length - 1, said: said.replaceAll(mark, '').slice(-4000) };
}

/** A clone of what is checked out here, changes included; what is installed here is not installed again. */
function makeClone(origin: string, clone: string): void {
  for (const path of filesOfCheckout()) {
    if (!existsSync(join(ROOT, path))) continue;
    mkdirSync(dirname(join(origin, path)), { recursive: true });
    cpSync(join(ROOT, path), join(origin, path));
  }
  const git = (...args: string[]) => execFileSync('git', args, { cwd: origin, stdio: 'ignore' });
  git('init', '--quiet');
  git('add', '--all');
  git('-c', 'user.name=Daykey', '-c', 'user.email=daykey@example.org', 'commit', '--quiet', '--message', 'A checkout');
  git('clone', '--quiet', origin, clone);
  for (const installed of ['node_modules', '.emulator']) {
    symlinkSync(join(ROOT, installed), join(clone, installed), 'dir');
  }
}
