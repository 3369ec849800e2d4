// `daykey explain`: what the vault would do with an entry, part by part. Reads the app's settings and seals nothing.

import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { isDaykeyError } from '../../vault/domain/errors.ts';
import { appSettings } from '../../vault/domain/settings/parse.ts';
import type { AppSettings } from '../../vault/domain/settings.ts';
import { parseBody } from '../../vault/operations/call.ts';
import { explainHandler } from '../../vault/operations/explain.ts';
import type { ExplainResponse } from '../../wire/explain.ts';
import { CommandError } from './command-error.ts';
import { coloured, print, printable, say, tableLines } from './output.ts';
import { readTextFile } from './read-text-file.ts';
import { loadSettings } from './settings-file.ts';
import type { Surroundings } from './surroundings.ts';
import { type AppOptions, appCommand, noSuchApp, onVault } from './vault-command.ts';

type Flag = 'true' | 'false';

interface ExplainOptions extends AppOptions {
  readonly entry: string;
  readonly settings?: string;
  readonly mode?: string;
  readonly componentSensitive?: Flag;
  readonly causeSensitive?: Flag;
  readonly json?: boolean;
}

/** The operator asks on behalf of app code, the only caller that may bring refs in. */
const CALLER = {
  integration: 'operator',
  trust: { kind: 'component', processSensitive: true, roles: [] },
  credential: 'operator',
  requestId: 'daykey-explain',
} as const;

export function addExplain(program: Command, surroundings: Surroundings): void {
  const flag = (flags: string, description: string) => new Option(flags, description).choices(['true', 'false']);
  appCommand(program, 'explain')
    .description('lists what would be sealed in an entry, and why; never a value')
    .requiredOption('--entry <file>', 'the entry as JSON, or - for stdin')
    .addOption(
      new Option('--settings <file>', 'a settings file, which is then used instead of a vault').conflicts([
        'stack',
        'vault',
      ]),
    )
    .option('--mode <mode>', "mode of the entry's thread, like bot")
    .addOption(flag('--component-sensitive <flag>', 'whether the component that responded is sensitive'))
    .addOption(flag('--cause-sensitive <flag>', 'whether the event that caused a trigger response was sensitive'))
    .option('--json', 'prints the answer of POST /explain as a line of JSON')
    .action((options: ExplainOptions) => explain(surroundings, options));
}

async function explain(surroundings: Surroundings, options: ExplainOptions): Promise<void> {
  const { entry: file, json = false } = options;
  const entryText = file === '-' ? await text(surroundings.stdin) : await readTextFile(file);
  const answer = await answerFor(await settingsOfApp(surroundings, options), entryText, options);
  if (json) await print(surroundings, JSON.stringify(answer));
  else await printTable(surroundings, answer);
}

/** The settings of the app: from a file when one is named, else as they are deployed. */
async function settingsOfApp(surroundings: Surroundings, options: ExplainOptions): Promise<AppSettings> {
  const { app, settings: file } = options;
  if (file === undefined) {
    return onVault(surroundings, options, async (vault) => {
      const ring = await vault.keyRing.read(app);
      if (ring === undefined || ring.settings.state !== 'live') throw noSuchApp(vault, app);
      return ring.settings;
    });
  }
  const { settings, note } = await loadSettings(file);
  if (note !== undefined) say(surroundings, note);
  const apps = appSettings(settings);
  const found = apps.find((each) => each.app === app);
  if (found !== undefined) return found;
  const known = apps.map((each) => each.app).join(', ');
  throw new CommandError(`${file} has no app ${app}, it has ${known}: check --app`);
}

/** The vault's own answer, by its own checks. @throws CommandError that holds names of the entry, never a value. */
async function answerFor(
  settings: AppSettings,
  entryText: string,
  { mode, componentSensitive, causeSensitive }: ExplainOptions,
): Promise<ExplainResponse> {
  try {
    const request = {
      entry: parseBody({ bodyText: () => entryText }).value,
      ...(mode === undefined ? {} : { thread: { mode } }),
      ...(componentSensitive === undefined ? {} : { component: { sensitive: componentSensitive === 'true' } }),
      ...(causeSensitive === undefined ? {} : { cause: { sensitive: causeSensitive === 'true' } }),
    };
    return (
      await explainHandler()({ ...CALLER, app: settings.app, ring: { settings, generations: {}, slots: [] } }, request)
    ).body;
  } catch (error) {
    if (!isDaykeyError(error)) throw error;
    // Some messages name the paths themselves.
    const paths = error.paths.filter((path) => !error.message.includes(path)).map(printable);
    const places = paths.length === 0 ? '' : ` (at ${paths.join(', ')})`;
    throw new CommandError(`the vault would refuse this entry: ${printable(error.message)}${places}`, { cause: error });
  }
}

async function printTable(surroundings: Surroundings, { sensitive, rule, why, parts }: ExplainResponse): Promise<void> {
  const { stdout, environment } = surroundings;
  const style = (padded: string, cell: string) =>
    cell === 'sealed' ? coloured(stdout, environment, 'yellow', padded) : padded;
  const rows = parts.map((part) => [part.pointer, part.sealed ? 'sealed' : 'readable', part.why].map(printable));
  if (rows.length > 0) {
    for (const line of tableLines([['POINTER', 'BECOMES', 'WHY'], ...rows], style)) await print(surroundings, line);
  }
  say(surroundings, `the entry is ${sensitive ? '' : 'not '}sensitive, by the rule ${rule}: ${why}`);
}
