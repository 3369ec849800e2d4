// Loads a vault's settings file and checks its values. Unlike the CDK app it does without the TypeScript compiler.

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseApps, SettingsError } from '../../vault/domain/settings/parse.ts';
import type { VaultProps } from '../../vault/domain/settings/props.ts';
import type { AppSettings } from '../../vault/domain/settings.ts';
import { CommandError } from './command-error.ts';

const FILE = /\.([cm]?[jt]s|json)$/;

export interface LoadedSettings {
  /** The file's default export, or its JSON. */
  readonly props: VaultProps;
  /** The same, checked and with every default filled in. */
  readonly apps: readonly AppSettings[];
}

/**
 * Loads and checks the settings in a file.
 *
 * @param version changes when the file has to be read again: a module is loaded once for each version.
 * @throws CommandError that lists every problem.
 */
export async function loadSettings(file: string, version = 0): Promise<LoadedSettings> {
  if (!existsSync(file)) throw new CommandError(`${file} cannot be read: there is no such file`);
  if (!FILE.test(file)) throw new CommandError(`${file} is no settings file: those are TypeScript, JavaScript or JSON`);
  const props = await load(file, version);
  if (props === undefined) {
    throw new CommandError(`${file} has no default export: write the settings as \`export default { apps: { … } }\``);
  }
  try {
    return { props: props as VaultProps, apps: parseApps(props, { tokens: 'allowed' }) };
  } catch (cause) {
    if (!(cause instanceof SettingsError)) throw cause;
    throw new CommandError(`${file}: ${cause.message}`, { cause });
  }
}

async function load(file: string, version: number): Promise<unknown> {
  const url = pathToFileURL(resolve(file));
  url.search = version === 0 ? '' : `version=${version}`;
  try {
    if (file.endsWith('.json')) return JSON.parse(readFileSync(file, 'utf8'));
    return ((await import(url.href)) as { readonly default?: unknown }).default;
  } catch (cause) {
    const { message, code } = cause as NodeJS.ErrnoException;
    const why = code === 'ERR_UNKNOWN_FILE_EXTENSION' ? 'TypeScript needs Node 22.18 or later' : message;
    throw new CommandError(`${file} cannot be loaded: ${why}`, { cause });
  }
}
