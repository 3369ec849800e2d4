// `npm run dev`: a vault in memory behind a port, that follows its settings file and starts in about a second.

import { watch } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { tableLines } from '../client/cli/output.ts';
import { loadSettings } from '../client/cli/settings-file.ts';
import type { Listening } from '../client/testing/port.ts';
import { appSettings } from '../vault/domain/settings/parse.ts';
import type { AppSettings } from '../vault/domain/settings.ts';
import { devToken, devVault } from './dev-vault.ts';
import { npmCommand } from './npm-command.ts';

const DEFAULT_PORT = '3295';
const TICK_MS = 1000;
// Editors write a file in several steps.
const SETTLED_MS = 100;

const options = npmCommand('npm run dev')
  .description('Runs a vault in memory until Ctrl-C. It follows its settings file; what it seals ends with it.')
  .option('--settings <file>', 'the settings', join(import.meta.dirname, '../daykey.settings.ts'))
  .option('--port <number>', 'the port on 127.0.0.1; 0 lets the system choose one', DEFAULT_PORT)
  .parse()
  .opts<{ settings: string; port: string }>();
const file = relative(process.cwd(), resolve(options.settings));
const vault = devVault(Date.now);
let version = 0;

try {
  const apps = await update();
  const { url } = await listenOn(options.port);
  printVault(apps, url);
  process.stdout.write(
    `\nReady after ${(performance.now() / 1000).toFixed(1)} s. It follows ${file}; Ctrl-C ends it.\n`,
  );
  setInterval(() => vault.catchUp().catch(report), TICK_MS);
  follow(url);
} catch (error) {
  report(error);
  process.exitCode = 1;
}

/** Gives the vault the apps of the file as it is now. Types are left to the editor, so that this takes no second. */
async function update(): Promise<readonly AppSettings[]> {
  const { settings } = await loadSettings(file, { version, types: 'skip' });
  const apps = appSettings(settings);
  await vault.update(apps);
  return apps;
}

async function listenOn(port: string): Promise<Listening> {
  const number = Number(port);
  if (!/^\d+$/.test(port) || number > 65_535) throw new Error('--port takes 0 to 65535');
  return vault.listen(number).catch((cause: unknown) => {
    throw new Error(`port ${port} on 127.0.0.1 cannot be used: end what uses it, or choose another with --port`, {
      cause,
    });
  });
}

/** Prints where the vault is and how to call it. */
function printVault(apps: readonly AppSettings[], url: string): void {
  const rows = apps.flatMap(({ app, integrations }) =>
    Object.entries(integrations).map(([name, { kind }]) => [app, name, kind, devToken(app, name)]),
  );
  const table = tableLines([['APP', 'INTEGRATION', 'KIND', 'API TOKEN'], ...rows]);
  process.stdout.write(`${file}: a vault in memory at ${url}\n\n${table.map((line) => `  ${line}\n`).join('')}`);
  const [app, , , token] = rows[0] ?? [];
  if (app === undefined) return;
  process.stdout.write(`
  curl -s ${url}/v1/apps/${app}/encrypt -H 'Authorization: Bearer ${token}' \\
    -H 'Content-Type: application/json' -d '{ "fields": { "email": "maya@example.org" } }'
`);
}

/** Applies the settings whenever their file changes. Settings that are not valid change nothing. */
function follow(url: string): void {
  let settled: NodeJS.Timeout | undefined;
  // The folder is watched, since many editors put a new file in the place of the old one.
  watch(dirname(resolve(file)), (_, changed) => {
    if (changed !== basename(file)) return;
    clearTimeout(settled);
    settled = setTimeout(() => reload(url).catch(report), SETTLED_MS);
  });
}

async function reload(url: string): Promise<void> {
  version += 1;
  const apps = await update();
  process.stdout.write('\n');
  printVault(apps, url);
}

function report(error: unknown): void {
  process.stderr.write(`npm run dev: ${error instanceof Error ? error.message : String(error)}\n`);
}
