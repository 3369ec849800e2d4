// Loads a settings file: type-checks it where TypeScript is installed, runs it, and checks every value.

import { existsSync, readFileSync } from 'node:fs';
import { extname, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkSettings, SettingsError, type VaultSettings } from '../../vault/domain/settings/parse.ts';
import type { VaultProps } from '../../vault/domain/settings/props.ts';
import { checkTypes, type TypeCheck } from './settings-types.ts';

const TYPED = /\.[cm]?ts$/;
const READABLE = /\.([cm]?[jt]s|json)$/;

export interface LoadedSettings {
  /** The default export of the file, or its JSON. */
  readonly props: VaultProps;
  /** The same, checked and with every default filled in. ARNs and IDs may still be CDK tokens. */
  readonly settings: VaultSettings;
  /** What was not checked, for a person to read. Absent when everything was. */
  readonly note?: string;
}

export interface LoadOptions {
  /** Changes when a module has to be read again: Node loads it once for each version. @default 0 */
  readonly version?: number;
  /** `skip` where starting at once matters more than the places of type errors: values are checked anyway. @default 'check' */
  readonly types?: 'check' | 'skip';
  /** Files whose projects may have TypeScript installed. @default the settings file, then this program */
  readonly typescriptFrom?: readonly string[];
}

/**
 * Loads the settings in a TypeScript, JavaScript or JSON file.
 *
 * @throws SettingsError that lists every problem: first of values, with what to do, then of types, with their places.
 */
export async function loadSettings(
  path: string,
  { version = 0, types = 'check', typescriptFrom }: LoadOptions = {},
): Promise<LoadedSettings> {
  const file = resolve(path);
  const shown = relative(process.cwd(), file);
  if (!existsSync(file)) throw new SettingsError([`${shown} does not exist: check the path of the settings file`]);
  if (!READABLE.test(file)) {
    throw new SettingsError([`${shown} is no settings file: name a TypeScript, JavaScript or JSON file`]);
  }
  const isTyped = types === 'check' && TYPED.test(file);
  const check: TypeCheck = isTyped
    ? await checkTypes(file, typescriptFrom ?? [file, import.meta.filename])
    : { errors: [] };
  const typeErrors =
    'errors' in check ? check.errors.map(({ line, column, message }) => `${shown}:${line}:${column}: ${message}`) : [];
  const props = await run(file, version).catch((error: unknown) => {
    throw new SettingsError([`${shown} cannot be loaded: ${reason(error)}`, ...typeErrors]);
  });
  if (props === undefined) {
    throw new SettingsError([`${shown} has no default export: write export default { apps: … } satisfies VaultProps`]);
  }
  const { problems, vault } = checkSettings(props, { tokens: 'allowed' });
  if (vault === undefined || typeErrors.length > 0) throw new SettingsError([...problems, ...typeErrors]);
  return {
    props: props as VaultProps,
    settings: vault,
    ...('unchecked' in check
      ? { note: `the types of ${shown} are not checked, since ${check.unchecked}; all values are` }
      : {}),
  };
}

async function run(file: string, version: number): Promise<unknown> {
  if (extname(file) === '.json') return JSON.parse(readFileSync(file, 'utf8'));
  const url = pathToFileURL(file);
  url.search = version === 0 ? '' : `version=${version}`;
  return ((await import(url.href)) as { readonly default?: unknown }).default;
}

function reason(error: unknown): string {
  const { message = String(error), code } = error as NodeJS.ErrnoException;
  return code === 'ERR_UNKNOWN_FILE_EXTENSION'
    ? 'TypeScript needs Node 22.18 or later'
    : (message.split('\n', 1)[0] ?? '');
}
