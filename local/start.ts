// `npm start`: an emulator, the real stack deployed to it, a short play, and a vault to call until Ctrl-C.

import { rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { awsProblem } from '../client/cli/aws-problem.ts';
import { loadSettings } from '../client/cli/settings-file.ts';
import { releaseLock, takeLock } from '../scripts/lock.mjs';
import { playExample } from './demo.ts';
import { bootstrap, deploy, synthesise } from './deploy.ts';
import { EMULATOR_ENVIRONMENT, type Emulator, startEmulator } from './emulator.ts';
import { type LocalVault, writeVault } from './local-vault.ts';
import { type StartOptions, startCommand } from './start-options.ts';

const ROOT = join(import.meta.dirname, '..');
const EXAMPLE_SETTINGS = join(ROOT, 'local', 'settings.ts');
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const startedMs = Date.now();
const options = startCommand().parse().opts<StartOptions>();
const folder = resolve(options.folder ?? join(ROOT, options.exit ? '.local/demo' : '.local'));
const lock = join(folder, 'start.lock');
const vaultFile = join(folder, 'vault.json');
/** The cloud assembly and the logs of this run. */
const runFolder = join(folder, 'run');
const endpointUrl = process.env.AWS_ENDPOINT_URL || undefined;
let emulator: Emulator | undefined;

const holder = takeLock(lock);
if (holder === undefined) await main();
else {
  const where = relative(process.cwd(), folder);
  fail(
    `process ${holder} runs a vault in ${where}. Use that one, end it, or give this one its own folder: npm start -- --folder ${where}/second`,
  );
}

async function main(): Promise<void> {
  const stopped = stopSignal();
  try {
    checkEndpoint();
    // The file exists only while its vault answers, so nothing of an earlier run may stay.
    rmSync(vaultFile, { force: true });
    rmSync(runFolder, { recursive: true, force: true });
    const work = startVault().then((vault) => present(vault, stopped));
    work.catch(() => {});
    await Promise.race([work, stopped]);
  } catch (error) {
    const problem = awsProblem(error, { vaultFile: undefined, endpointUrl }) ?? error;
    fail(problem instanceof Error ? problem.message : String(problem));
  } finally {
    rmSync(vaultFile, { force: true });
    await emulator?.stop();
    releaseLock(lock);
  }
  // An interrupted deployment is still at work, and nothing waits for it any more.
  process.exit();
}

async function startVault(): Promise<LocalVault> {
  const settings = options.settings === undefined ? EXAMPLE_SETTINGS : resolve(options.settings);
  // Before anything starts, so that a wrong setting does not have to be found in the CDK's log.
  await loadSettings(settings);
  if (endpointUrl === undefined) Object.assign(process.env, EMULATOR_ENVIRONMENT);
  // The synthesis only needs to know that there will be an emulator, so it runs while that one starts.
  const synthesis = step('synthesising the stack', () =>
    synthesise({ endpoint: endpointUrl ?? 'http://127.0.0.1', settings, folder: runFolder }),
  );
  synthesis.catch(() => {});
  const endpoint = endpointUrl ?? (await step('starting the emulator', startOwnEmulator));
  await step('bootstrapping the CDK', () => bootstrap({ endpoint, folder: runFolder }));
  await synthesis;
  return step(`deploying to ${endpoint}`, () => deploy({ endpoint, settings, folder: runFolder }));
}

async function startOwnEmulator(): Promise<string> {
  emulator = await startEmulator({ logFile: join(runFolder, 'emulator.log') });
  return emulator.endpoint;
}

/** Plays the example, then says how to call the vault and stays up. */
async function present(vault: LocalVault, stopped: Promise<void>): Promise<void> {
  if (options.settings === undefined) {
    const look = { width: process.stdout.columns ?? 120, colours: process.stdout.isTTY };
    process.stdout.write(`\n${await step('playing the hand-over', () => playExample(vault, look))}`);
  }
  if (options.exit) {
    process.stdout.write(`\nDone in ${secondsSince(startedMs)}, and the vault ends. npm start keeps one running.\n`);
    return;
  }
  writeVault(vaultFile, vault);
  const file = relative(process.cwd(), vaultFile);
  process.stdout.write(`
Ready after ${secondsSince(startedMs)}. ${file} has its address and its tokens.
Its command line: npm run daykey -- audit --app ${vault.apps[0]} --vault ${file}
${consoleLines(vault)}Ctrl-C stops it.
`);
  await stopped;
}

/** How to open the Console, where there is one. */
function consoleLines({ console: own }: LocalVault): string {
  if (own === undefined) return '';
  return `The Console: ${own.url} as ${own.person} with the password ${own.password}\n`;
}

/** @throws Error for an address that is none, and for AWS itself: nothing here is for a real account. */
function checkEndpoint(): void {
  if (endpointUrl === undefined) return;
  if (!/^https?:\/\/./.test(endpointUrl)) {
    throw new Error('AWS_ENDPOINT_URL is no address: write it like http://127.0.0.1:4566, or unset it');
  }
  if (new URL(endpointUrl).hostname.endsWith('.amazonaws.com')) {
    throw new Error('AWS_ENDPOINT_URL names AWS itself: unset it, or deploy to AWS as docs/operations.md says');
  }
}

async function step<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
  const beganMs = Date.now();
  process.stdout.write(`${what} …\n`);
  const value = await work();
  process.stdout.write(`${what}: done in ${secondsSince(beganMs)}\n`);
  return value;
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    // Neither a signal handler nor the emulator keeps this process running, so a timer does.
    setInterval(() => {}, LONGEST_TIMER_MS);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

function secondsSince(ms: number): string {
  return `${((Date.now() - ms) / 1000).toFixed(1)} s`;
}

function fail(message: string): void {
  process.stderr.write(`npm start: ${message}\n`);
  process.exitCode = 1;
}
