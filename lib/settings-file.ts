// Reads a settings file: type-checks it, runs it and checks what it exports.

import { existsSync, readFileSync } from 'node:fs';
import { extname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CompilerOptions } from 'typescript';
import { checkSettings, SettingsError } from '../vault/domain/settings/parse.ts';
import type { VaultProps } from './settings.ts';

const TYPESCRIPT: readonly string[] = ['.ts', '.mts', '.cts'];
const ROOT = join(import.meta.dirname, '..');
const MODULES = join(ROOT, 'node_modules');
const MAX_TYPE_ERRORS = 20;

/**
 * The settings that a file exports by default, or that a JSON file holds.
 *
 * @throws SettingsError that lists every problem: of the values first, with what to do, then of the types, with their places.
 */
export async function readSettingsFile(path: string): Promise<VaultProps> {
  const file = resolve(path);
  const shown = relative(process.cwd(), file);
  if (!existsSync(file)) throw new SettingsError([`${shown} does not exist: check the path of the settings file`]);
  const typeErrors = TYPESCRIPT.includes(extname(file)) ? await findTypeErrors(file, shown) : [];
  const settings = await load(file).catch((error: unknown) => {
    throw new SettingsError([`${shown} cannot be loaded: ${firstLine(error)}`, ...typeErrors]);
  });
  if (settings === undefined) {
    throw new SettingsError([`${shown} has no default export: write export default { apps: … } satisfies VaultProps`]);
  }
  const problems = [...checkSettings(settings, { tokens: 'allowed' }).problems, ...typeErrors];
  if (problems.length > 0) throw new SettingsError(problems);
  return settings as VaultProps;
}

async function load(file: string): Promise<unknown> {
  if (extname(file) === '.json') return JSON.parse(readFileSync(file, 'utf8'));
  return ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
}

/** Type errors of the file itself, each with its place. */
async function findTypeErrors(file: string, shown: string): Promise<string[]> {
  const { default: ts } = await import('typescript');
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const likeNode: CompilerOptions = {
    ...options,
    // A settings file may lie outside the repository, where Node finds out in other ways that it is a module.
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    resolveJsonModule: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
  };
  const check = (more: CompilerOptions) => {
    const program = ts.createProgram([file], { ...likeNode, ...more });
    const source = program.getSourceFile(file);
    return source ? [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)] : [];
  };
  // Enough for nearly every settings file, and ten times as fast as all types of Node and of the CDK.
  const quick = check({ types: [], paths: { 'aws-cdk-lib': [join(MODULES, 'aws-cdk-lib/core/lib/index.d.ts')] } });
  const errors = quick.length === 0 ? [] : check({ types: ['node'], typeRoots: [join(MODULES, '@types')] });
  return errors.slice(0, MAX_TYPE_ERRORS).map(({ start = 0, file: source, messageText }) => {
    const { line = 0, character = 0 } = source?.getLineAndCharacterOfPosition(start) ?? {};
    const message = ts.flattenDiagnosticMessageText(messageText, '\n').split('\n', 1)[0];
    return `${shown}:${line + 1}:${character + 1}: ${message}`;
  });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
