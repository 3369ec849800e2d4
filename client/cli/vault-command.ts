// What all commands on a deployed vault share: the options that name it, and what happens when AWS refuses.

import type { Command } from 'commander';
import { Option } from 'commander';
import type { AppSettings } from '../../vault/domain/settings.ts';
import { awsProblem } from './aws-problem.ts';
import { CommandError } from './command-error.ts';
import { withProgress } from './progress.ts';
import type { OperatorVault, Surroundings, VaultOptions } from './surroundings.ts';

const DEFAULT_STACK = 'Daykey';

/** The options of a command about one app of a vault. */
export interface AppOptions extends VaultOptions {
  readonly app: string;
}

/** A command about one app of a vault. */
export function appCommand(parent: Command, name: string): Command {
  return vaultCommand(parent, name).requiredOption('--app <name>', 'the app');
}

/** A command on a vault. */
export function vaultCommand(parent: Command, name: string): Command {
  return parent
    .command(name)
    .addOption(
      new Option('--stack <name>', "the vault's stack, or with its path there: Shop/Vault").default(DEFAULT_STACK),
    )
    .addOption(
      new Option('--vault <file>', 'the vault.json of a local vault, which is then used instead').conflicts('stack'),
    );
}

/** Opens the vault and does the command's work on it. @throws CommandError, also when AWS refuses. */
export async function onVault<Value>(
  surroundings: Surroundings,
  options: VaultOptions,
  work: (vault: OperatorVault) => Promise<Value>,
): Promise<Value> {
  const endpointUrl = surroundings.environment.AWS_ENDPOINT_URL;
  // The SDK would still send the request somewhere.
  if (options.vault === undefined && endpointUrl && !/^https?:\/\/./.test(endpointUrl)) {
    throw new CommandError('AWS_ENDPOINT_URL is no address: write it like http://127.0.0.1:4566, or unset it');
  }
  try {
    return await work(
      await withProgress('reading the stack', () => surroundings.openVault(options), surroundings.stderr),
    );
  } catch (error) {
    throw awsProblem(error, { vaultFile: options.vault, endpointUrl: endpointUrl || undefined }) ?? error;
  }
}

/** The error about an app that a vault does not have. */
export function noSuchApp({ stack }: OperatorVault, app: string): CommandError {
  return new CommandError(`stack ${stack} has no app ${app}: check --app, or add it to the settings and deploy them`);
}

/** @throws CommandError for an integration that the app does not have. */
export function checkIntegration({ app, integrations }: AppSettings, integration: string): void {
  if (Object.hasOwn(integrations, integration)) return;
  const known = Object.keys(integrations).join(', ') || 'none';
  throw new CommandError(`app ${app} has no integration ${integration}, it has ${known}: check --integration`);
}
