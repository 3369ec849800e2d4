// `npm start`: an emulator, the real stack deployed to it, a short play, and a vault to call until Ctrl-C.

import { rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { awsProblem } from '../client/cli/aws-problem.ts';
import { releaseLock, takeLock } from '../scripts/lock.mjs';
import { playExample } from './demo.ts';
import { bootstrap, deploy, synthesise } from './deploy.ts';
import { EMULATOR_ENVIRONMENT, startEmulator } from './emulator.ts';
import { writeVault } from './local-vault.ts';
import { type StartOptions, startCommand } from './start-options.ts';

const ROOT = join(import.meta.dirname, '..');
const EXAMPLE_SETTINGS = join(ROOT, 'local', 'settings.ts');
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const options = startCommand().parse().opts<StartOptions>();
const folder = resolve(options.folder ?? join(ROOT, options.exit ? '.local/demo' : '.local'));
const vaultFile = join(folder, 'vault.json');
const lock = join(folder, 'start.lock');

const holder = takeLock(lock);
if (holder === undefined) await main();
else {
  const where = relative(process.cwd(), folder);
  process.stderr.write(
    `npm start: process ${holder} runs a vault in ${where}. Use that one, end it, or give this one its own folder: npm start -- --folder ${where}/second\n`,
  );
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const startedMs = Date.now();
  /** The cloud assembly and the logs of this run. */
  const runFolder = join(folder, 'run');
  // The file exists only while its vault answers, so nothing of an earlier run may stay.
  rmSync(vaultFile, { force: true });
  rmSync(runFolder, { recursive: true, force: true });
  const stopped = stopSignal();
  const endpointUrl = process.env.AWS_ENDPOINT_URL || undefined;
  let stopEmulator = async () => {};
  try {
    checkEndpoint(endpointUrl);
    if (endpointUrl === undefined) Object.assign(process.env, EMULATOR_ENVIRONMENT);
    const work = (async () => {
      const settings = options.settings === undefined ? EXAMPLE_SETTINGS : resolve(options.settings);
      // The synthesis only needs to know that there will be an emulator, so it runs while that one starts.
      const synthesis = step('synthesising the stack', () =>
        synthesise({ endpoint: endpointUrl ?? 'http://127.0.0.1', settings, folder: runFolder }),
      );
      synthesis.catch(() => {});
      const emulator = endpointUrl
        ? undefined
        : await step('starting the emulator', () => startEmulator({ logFile: join(runFolder, 'emulator.log') }));
      if (emulator) stopEmulator = () => emulator.stop();
      const endpoint = endpointUrl ?? emulator?.endpoint ?? '';
      await step('bootstrapping the CDK', () => bootstrap({ endpoint, folder: runFolder }));
      await synthesis;
      const deployment = { endpoint, settings, folder: runFolder };
      const vault = await step(`deploying to ${endpoint}`, () => deploy(deployment));
      if (options.settings === undefined) {
        const look = { width: process.stdout.columns ?? 120, colours: process.stdout.isTTY };
        const transcript = await step('playing the hand-over', () => playExample(vault, look));
        process.stdout.write(`\n${transcript}`);
      }
      if (options.exit) {
        process.stdout.write(`\nPlayed in ${seconds(startedMs)}; the vault ends here. npm start keeps one running.\n`);
        return;
      }
      writeVault(vaultFile, vault);
      const file = relative(process.cwd(), vaultFile);
      process.stdout.write(`\nReady after ${seconds(startedMs)}. ${file} has its address and its tokens.\n`);
      process.stdout.write(`Its command line: npm run daykey -- audit --app ${vault.apps[0]} --vault ${file}\n`);
      process.stdout.write('Ctrl-C stops it.\n');
      await stopped;
    })();
    work.catch(() => {});
    await Promise.race([work, stopped]);
  } catch (error) {
    const problem = awsProblem(error, { vaultFile: undefined, endpointUrl }) ?? error;
    process.stderr.write(`\nnpm start: ${problem instanceof Error ? problem.message : String(problem)}\n`);
    process.exitCode = 1;
  } finally {
    rmSync(vaultFile, { force: true });
    await stopEmulator();
    releaseLock(lock);
  }
  // An interrupted deployment is still at work, and nothing waits for it any more.
  process.exit();
}

/** @throws Error for an address that is none, and for AWS itself: nothing here is for a real account. */
function checkEndpoint(endpointUrl: string | undefined): void {
  if (endpointUrl === undefined) return;
  if (!/^https?:\/\/./.test(endpointUrl)) {
    throw new Error('AWS_ENDPOINT_URL is no address: write it like http://127.0.0.1:4566, or unset it');
  }
  if (new URL(endpointUrl).hostname.endsWith('.amazonaws.com')) {
    throw new Error('AWS_ENDPOINT_URL names AWS itself: unset it, or deploy to AWS as docs/operations.md says');
  }
}

async function step<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
  const startedMs = Date.now();
  process.stdout.write(`${what} …\n`);
  const value = await work();
  process.stdout.write(`${what}: done in ${seconds(startedMs)}\n`);
  return value;
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    // Neither a signal handler nor the emulator keeps this process running, so a timer does.
    setInterval(() => {}, LONGEST_TIMER_MS);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

function seconds(sinceMs: number): string {
  return `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;
}
