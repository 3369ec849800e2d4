// Loads a settings file: type-checks it where TypeScript is installed, runs it, and checks every value.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CompilerOptions } from 'typescript';
import { checkSettings, SettingsError, type VaultSettings } from '../../vault/domain/settings/parse.ts';
import type { VaultProps } from '../../vault/domain/settings/props.ts';

type TypeScript = typeof import('typescript');

const TYPED = /\.[cm]?ts$/;
const READABLE = /\.([cm]?[jt]s|json)$/;
const MAX_TYPE_ERRORS = 20;

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
  const compiler = isTyped ? await findTypeScript(typescriptFrom ?? [file, import.meta.filename]) : undefined;
  const typeErrors = compiler === undefined ? [] : findTypeErrors(compiler, file, shown);
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
    ...(isTyped && compiler === undefined
      ? { note: `the types of ${shown} are not checked, since typescript is not installed; all values are` }
      : {}),
  };
}

async function run(file: string, version: number): Promise<unknown> {
  if (extname(file) === '.json') return JSON.parse(readFileSync(file, 'utf8'));
  const url = pathToFileURL(file);
  url.search = version === 0 ? '' : `version=${version}`;
  return ((await import(url.href)) as { readonly default?: unknown }).default;
}

interface Compiler {
  readonly ts: TypeScript;
  /** The `node_modules` that it is installed in. */
  readonly modules: string;
}

/** The first TypeScript that is installed for one of these files. */
async function findTypeScript(files: readonly string[]): Promise<Compiler | undefined> {
  for (const file of files) {
    try {
      const main = createRequire(file).resolve('typescript');
      const { default: ts } = (await import(pathToFileURL(main).href)) as { readonly default: TypeScript };
      // The compiler written in Go has another interface.
      if (typeof ts.createProgram === 'function') return { ts, modules: resolve(main, '../../..') };
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}

/** Type errors of the file itself, each with its place. */
function findTypeErrors({ ts, modules }: Compiler, file: string, shown: string): string[] {
  const options: CompilerOptions = {
    target: ts.ScriptTarget.ES2024,
    lib: ['lib.es2024.d.ts'],
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    resolveJsonModule: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
  };
  const check = (more: CompilerOptions) => {
    const program = ts.createProgram([file], { ...options, ...more });
    const source = program.getSourceFile(file);
    return source ? [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)] : [];
  };
  // Enough for nearly every settings file, and ten times as fast as all types of Node and of the CDK.
  const quick = check({ types: [], paths: { 'aws-cdk-lib': [join(modules, 'aws-cdk-lib/core/lib/index.d.ts')] } });
  const errors = quick.length === 0 ? [] : check({ types: ['node'], typeRoots: [join(modules, '@types')] });
  return errors.slice(0, MAX_TYPE_ERRORS).map(({ start = 0, file: source, messageText }) => {
    const { line = 0, character = 0 } = source?.getLineAndCharacterOfPosition(start) ?? {};
    const message = ts.flattenDiagnosticMessageText(messageText, '\n').split('\n', 1)[0];
    return `${shown}:${line + 1}:${character + 1}: ${message}`;
  });
}

function reason(error: unknown): string {
  const { message = String(error), code } = error as NodeJS.ErrnoException;
  return code === 'ERR_UNKNOWN_FILE_EXTENSION'
    ? 'TypeScript needs Node 22.18 or later'
    : (message.split('\n', 1)[0] ?? '');
}
