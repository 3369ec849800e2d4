// `npm start`: an emulator, the real stack deployed to it, a short play, and a vault to call until Ctrl-C.

import { rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { playedOn } from './demo.ts';
import { bootstrap, deploy, synthesise, writeVault } from './deploy.ts';
import { startEmulator } from './emulator.ts';

const HELP = `npm start                     starts a vault on this machine, plays an example, stays up until Ctrl-C
npm start -- --exit           the same, and exits (npm run demo)
npm start -- --folder <path>  keeps vault.json and the logs there (default: .local)
npm start -- --help           shows this

AWS_ENDPOINT_URL      deploys to that emulator instead of starting one
`;

const ROOT = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    exit: { type: 'boolean' },
    folder: { type: 'string', default: join(ROOT, '.local') },
    help: { type: 'boolean', short: 'h' },
  },
});
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const VAULT_FILE = resolve(values.folder, 'vault.json');
/** The cloud assembly and the logs of this run. */
const FOLDER = resolve(values.folder, 'run');

if (values.help) process.stdout.write(HELP);
else await main(values.exit ?? false);

async function main(exitAfterPlay: boolean): Promise<void> {
  const startedMs = Date.now();
  // Nothing of an earlier run: the file is there when, and only when, everything is ready.
  rmSync(VAULT_FILE, { force: true });
  rmSync(FOLDER, { recursive: true, force: true });
  const given = process.env.AWS_ENDPOINT_URL;
  const stopped = stopSignal();
  let stop = async () => {};
  try {
    const work = (async () => {
      // The synthesis needs no emulator, so both happen at once; its address only matters for being there.
      const synthesis = step('synthesising the stack', () =>
        synthesise({ endpoint: given ?? 'http://127.0.0.1', settings: 'local/settings.ts', folder: FOLDER }),
      );
      synthesis.catch(() => {});
      const emulator = given
        ? undefined
        : await step('starting the emulator', () => startEmulator({ logFile: join(FOLDER, 'emulator.log') }));
      if (emulator) stop = () => emulator.stop();
      const endpoint = given ?? emulator?.endpoint ?? '';
      await step('bootstrapping the CDK', () => bootstrap({ endpoint, folder: FOLDER }));
      await synthesis;
      const vault = await step(`deploying to ${endpoint}`, () =>
        deploy({ endpoint, settings: 'local/settings.ts', folder: FOLDER }),
      );
      const { columns = 120, isTTY } = process.stdout;
      const look = { width: columns, colours: isTTY };
      const transcript = await step('playing the hand-over', () => playedOn(vault, look));
      process.stdout.write(`\n${transcript}`);
      writeVault(VAULT_FILE, vault);
      process.stdout.write(
        `\nReady after ${seconds(startedMs)}. ${relative(process.cwd(), VAULT_FILE)} says how to call it.\n`,
      );
    })();
    work.catch(() => {});
    const interrupted = await Promise.race([work.then(() => false), stopped.then(() => true)]);
    if (!interrupted && !exitAfterPlay) {
      process.stdout.write('Ctrl-C stops it.\n');
      await stopped;
    }
  } catch (error) {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    rmSync(VAULT_FILE, { force: true });
    await stop();
  }
  // An interrupted deployment leaves work in flight that nobody waits for any more.
  process.exit();
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
    // Neither a signal handler nor the emulator keeps this process up: without a timer it ended by itself.
    setInterval(() => {}, LONGEST_TIMER_MS);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

function seconds(sinceMs: number): string {
  return `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;
}
