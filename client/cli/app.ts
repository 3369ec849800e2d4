// `daykey app`: sets up, lists, shows and retires apps that come and go without a deployment.

import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { rfc3339 } from '../../vault/domain/instant.ts';
import type { AppsAnswer, AppsRequest, ListedApp } from '../../vault/usecases/apps/cli-apps.ts';
import { CommandError } from './command-error.ts';
import { print, say, tableLines } from './output.ts';
import { type Progress, withProgress } from './progress.ts';
import { readTextFile } from './read-text-file.ts';
import type { OperatorVault, Surroundings, VaultOptions } from './surroundings.ts';
import { onVault, vaultCommand } from './vault-command.ts';

interface ListOptions extends VaultOptions {
  readonly json?: boolean;
}

const HEAD = ['APP', 'OWNER', 'STATE', 'SINCE', 'KEYS', 'INTEGRATIONS'];
/** Apps in one call. An app with its own keys takes a fifth of a second. */
const AT_ONCE = 500;
/** Calls for the same apps, each of up to ten minutes. */
const MOST_CALLS = 10;

export function addApp(program: Command, surroundings: Surroundings): void {
  const app = program.command('app').description('apps that come and go without a deployment');
  const ask = <Options extends VaultOptions>(options: Options, work: (vault: OperatorVault) => Promise<void>) =>
    onVault(surroundings, options, work);
  vaultCommand(app, 'put')
    .argument('<file>', 'JSON with the apps as settings have them, {"apps": {…}}; - for standard input')
    .description('sets up apps, or changes them, and waits until they can encrypt')
    .action(async (file: string, options: VaultOptions) => {
      const apps = await readApps(surroundings, file);
      await ask(options, (vault) => put(surroundings, vault, apps));
    });
  vaultCommand(app, 'list')
    .description('lists every app of the vault, with its owner and its state')
    .option('--json', 'prints each app as a line of JSON')
    .action((options: ListOptions) => ask(options, (vault) => list(surroundings, vault, options)));
  vaultCommand(app, 'show')
    .argument('<app>', 'the app')
    .description('prints everything that is set up of an app, as JSON')
    .action((name: string, options: VaultOptions) => ask(options, (vault) => show(surroundings, vault, name)));
  vaultCommand(app, 'retire')
    .argument('<apps...>', 'apps that `daykey app put` has set up')
    .description('ends apps: callers within 60 seconds, keys and blobs in an hour')
    .action((names: string[], options: VaultOptions) => ask(options, (vault) => retire(surroundings, vault, names)));
}

async function put(surroundings: Surroundings, vault: OperatorVault, apps: Readonly<Record<string, unknown>>) {
  const entries = Object.entries(apps);
  const work = async (progress: Progress) => {
    for (let start = 0; start < entries.length; start += AT_ONCE) {
      progress.update(`${start} of ${entries.length}`);
      const batch = Object.fromEntries(entries.slice(start, start + AT_ONCE));
      try {
        await putBatch(vault, batch);
      } catch (error) {
        if (start === 0 || !(error instanceof CommandError)) throw error;
        throw new CommandError(`the first ${start} apps are set up. Of the rest: ${error.message}`, { cause: error });
      }
    }
  };
  await withProgress('setting apps up', work, surroundings.stderr);
  say(surroundings, `${count(entries.length)} can encrypt: give integrations their tokens with \`daykey token issue\``);
}

async function putBatch(vault: OperatorVault, apps: Readonly<Record<string, unknown>>): Promise<void> {
  for (let calls = 1; calls <= MOST_CALLS; calls += 1) {
    const { isReady } = await asked(vault, { task: 'put', apps });
    if (isReady) return;
  }
  throw new CommandError('the apps are stored, but their first keys are not ready: run the same command again');
}

async function list(surroundings: Surroundings, vault: OperatorVault, { json }: ListOptions): Promise<void> {
  const apps = await withProgress('reading the apps', ({ update }) => everyApp(vault, update), surroundings.stderr);
  if (apps.length === 0) return say(surroundings, 'the vault has no apps: set one up with `daykey app put`');
  const sorted = apps.toSorted((one, other) => (one.app < other.app ? -1 : 1));
  const lines = json ? sorted.map((app) => JSON.stringify(record(app))) : tableLines([HEAD, ...sorted.map(cells)]);
  for (const line of lines) await print(surroundings, line);
}

async function everyApp(vault: OperatorVault, update: Progress['update']): Promise<ListedApp[]> {
  const found: ListedApp[] = [];
  let after: string | undefined;
  do {
    const page = await asked(vault, { task: 'list', ...(after !== undefined && { after }) });
    found.push(...(page.apps ?? []));
    after = page.next;
    update(`${found.length} so far`);
  } while (after !== undefined);
  return found;
}

async function show(surroundings: Surroundings, vault: OperatorVault, app: string): Promise<void> {
  const { shown } = await asked(vault, { task: 'show', app });
  if (shown === undefined) {
    throw new CommandError(`stack ${vault.stack} has no app ${app}: \`daykey app list\` shows those that it has`);
  }
  await print(surroundings, JSON.stringify(shown, null, 2));
}

async function retire(surroundings: Surroundings, vault: OperatorVault, apps: readonly string[]): Promise<void> {
  await asked(vault, { task: 'retire', apps });
  say(
    surroundings,
    `retired ${count(apps.length)}: callers are refused within 60 seconds, keys and blobs go in an hour. Until then, \`daykey app put\` with the same settings takes it back`,
  );
}

/** @throws CommandError with what the function says. */
async function asked(vault: OperatorVault, request: AppsRequest): Promise<AppsAnswer> {
  const answer = await vault.askForApps(request);
  if (answer.problem !== undefined) throw new CommandError(answer.problem);
  return answer;
}

/** @throws CommandError for a file that holds no apps. */
async function readApps({ stdin }: Surroundings, file: string): Promise<Readonly<Record<string, unknown>>> {
  const content = file === '-' ? await text(stdin) : await readTextFile(file);
  const source = file === '-' ? 'standard input' : file;
  const { apps, ...others } = parseObject(content, source) as { readonly apps?: unknown };
  if (typeof apps !== 'object' || apps === null || Object.keys(apps).length === 0 || Object.keys(others).length > 0) {
    throw new CommandError(
      `${source} must hold {"apps": {…}} and nothing else: what all apps have in common is deployed`,
    );
  }
  return apps as Readonly<Record<string, unknown>>;
}

function parseObject(content: string, source: string): object {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === 'object' && value !== null ? value : {};
  } catch (cause) {
    throw new CommandError(`${source} is not JSON: write {"apps": {"shop": {"integrations": {…}}}}`, { cause });
  }
}

function cells({ app, owner, state, sinceS, keys, integrations }: ListedApp): string[] {
  const since = sinceS === undefined ? '-' : rfc3339(sinceS);
  return [app, owner, state, since, keys === 'own' ? 'own' : `pool ${keys}`, integrations.join(', ') || 'none'];
}

function record({ sinceS, ...app }: ListedApp): object {
  return { ...app, since: sinceS === undefined ? null : rfc3339(sinceS) };
}

function count(apps: number): string {
  return apps === 1 ? '1 app' : `${apps} apps`;
}
