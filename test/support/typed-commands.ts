// Types the command blocks of documents into a shell, in a clone of this checkout.

import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientFor } from '../../local/emulator-client.ts';
import { type LocalVault, writeVault } from '../../local/local-vault.ts';
import { type Block, blocksOf, filesOfCheckout, ROOT } from './documents.ts';

/** Commands that another test runs: they keep running, or ask a registry for packages that the other test takes from here. */
export const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  'npm start\n': 'test/e2e/start.test.ts',
  'npm install ./daykey.tgz\nnpx daykey init shop\n': 'test/package/package.test.ts',
};
/** Far more than a document takes on a quiet machine. */
const LONGEST_MS = 1_200_000;
const MARK = '\u0000';

/** The document of operators, who deploy and destroy. */
export const OPERATIONS = 'docs/operations.md';

export const DOCUMENTS = filesOfCheckout().filter((path) => path.endsWith('.md') && existsSync(join(ROOT, path)));
export const COMMANDS = DOCUMENTS.flatMap(blocksOf).filter(({ language }) => language === 'sh');

/** Where commands are typed. */
export interface Place {
  readonly endpoint: string;
  /** What `npm start` would have written down in the clone. */
  readonly vault: LocalVault;
}

/** Tests that the commands of each document succeed, typed in order. `placeFor` is called once, before the first of them. */
export function testCommandsOf(isOurs: (document: string) => boolean, placeFor: () => Promise<Place>): void {
  const blocks = COMMANDS.filter(({ document, text }) => isOurs(document) && !runsElsewhere(document, text));
  const byDocument = Map.groupBy(blocks, ({ document }) => document);

  describe.skipIf(process.env.AWS_ENDPOINT_URL)('typed in order, the commands of', () => {
    const folder = mkdtempSync(join(tmpdir(), 'daykey-documents-'));
    const clone = join(folder, 'clone');
    let place: Place;

    beforeAll(async () => {
      place = await placeFor();
      makeClone(join(folder, 'origin'), clone);
      writeVault(join(clone, '.local', 'vault.json'), place.vault);
    }, LONGEST_MS);

    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    describe.each([...byDocument])('%s', (_, inOrder) => {
      let session: Session;
      beforeAll(async () => {
        session = await typeIn(clone, place.endpoint, inOrder);
      }, LONGEST_MS);

      const titles = inOrder.map(({ document, line }, nr) => [`${document}:${line}`, nr] as const);
      test.each(titles)('%s succeed', (_, nr) => {
        expect(session.done > nr ? 'done' : `failed:\n${session.said}`).toBe('done');
      });
    });
  });
}

interface Session {
  /** How many blocks ran to their end. */
  readonly done: number;
  /** The end of what was printed. */
  readonly said: string;
}

/** Whether another test runs a block: a quick start may repeat what operators type. */
function runsElsewhere(document: string, text: string): boolean {
  if (RUN_ELSEWHERE[text] !== undefined) return true;
  return document !== OPERATIONS && COMMANDS.some((other) => other.document === OPERATIONS && other.text === text);
}

/** Types blocks into one shell, which stops at the first command that fails. */
async function typeIn(cwd: string, endpoint: string, blocks: readonly Block[]): Promise<Session> {
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
  return { done: said.split(MARK).length - 1, said: said.replaceAll(MARK, '').slice(-4000) };
}

/** A clone of what is checked out here, changes included; what is installed or built here is not installed or built again. */
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
  // From the same sources, so nothing is bundled again.
  for (const built of ['dist', '.local/built']) {
    if (existsSync(join(ROOT, built))) cpSync(join(ROOT, built), join(clone, built), { recursive: true });
  }
}
