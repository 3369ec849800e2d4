// The command line: its commands, its help, and how it fails.

import { Command, CommanderError, Help } from 'commander';
import { SettingsError } from '../../vault/domain/settings/parse.ts';
import { addApp } from './app.ts';
import { addAudit } from './audit.ts';
import { CommandError } from './command-error.ts';
import { addExplain } from './explain.ts';
import { fileProblem } from './file-problem.ts';
import { addInit } from './init.ts';
import { addKeys } from './keys.ts';
import { say } from './output.ts';
import { VERSION } from './own-package.ts';
import { addReceipts } from './receipts.ts';
import type { Surroundings } from './surroundings.ts';
import { addToken } from './token.ts';

const ENVIRONMENT = `
Each command: daykey <command> --help

Account, Region and credentials are the AWS SDK's own: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL and so on.
For the vault that \`npm start\` runs on this machine: --vault .local/vault.json`;
/** Columns of the help where there is no terminal. */
const WIDTH = 120;

/** Runs a command line without `node` and script in front. Resolves to the exit code; never rejects. */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    await makeProgram(surroundings).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has printed what it throws.
    if (error instanceof CommanderError) return error.exitCode;
    say(surroundings, wordsFor(error));
    return 1;
  }
}

function makeProgram(surroundings: Surroundings): Command {
  const { stdout, stderr } = surroundings;
  const program = new Command('daykey')
    .description("the command line of a vault's operator")
    .version(VERSION)
    .helpCommand('help [command]', 'display help for command')
    .addHelpText('after', ENVIRONMENT)
    .exitOverride()
    .configureHelp({ formatHelp, subcommandTerm })
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'daykey: ')),
      getOutHelpWidth: () => stdout.columns ?? WIDTH,
      getErrHelpWidth: () => stderr.columns ?? WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const add of [addInit, addApp, addToken, addAudit, addExplain, addKeys, addReceipts]) add(program, surroundings);
  for (const command of withDescendants(program)) command.showHelpAfterError(`Try: ${fullName(command)} --help`);
  return program;
}

/** The help of `daykey` itself lists the commands of every group. */
function formatHelp(command: Command, help: Help): string {
  const leaves = help.visibleCommands(command).flatMap((each) => (each.commands.length > 0 ? each.commands : [each]));
  const helper: Help = Object.assign(Object.create(help) as Help, { visibleCommands: () => leaves });
  return Help.prototype.formatHelp.call(helper, command, helper);
}

function subcommandTerm(command: Command): string {
  const args = command.usage().replace('[options]', '').trim();
  return `${fullName(command).replace(/^daykey /, '')} ${args}`.trim();
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function withDescendants(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}

/** A problem that an operator can solve is one line. Anything else is a bug, which shows its stack. */
function wordsFor(error: unknown): string {
  if (error instanceof CommandError || error instanceof SettingsError) return error.message;
  if (!(error instanceof Error)) return String(error);
  if (!('syscall' in error)) return error.stack ?? error.message;
  return 'path' in error ? `${error.path} cannot be used: ${fileProblem(error)}` : error.message;
}
