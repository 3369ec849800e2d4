// Finds the type errors of a settings file, with the compiler that is installed where the file is.

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const MAX_TYPE_ERRORS = 20;
/** Versions from 5.4 on know all of them but the one for erasable syntax. */
const OPTIONS = {
  target: 'esnext',
  lib: ['esnext'],
  module: 'preserve',
  moduleResolution: 'bundler',
  resolveJsonModule: true,
  allowImportingTsExtensions: true,
  erasableSyntaxOnly: true,
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
};

/** The errors of the file itself, or why its types could not be checked. */
export type TypeCheck =
  | { readonly errors: readonly { readonly line: number; readonly column: number; readonly message: string }[] }
  | { readonly unchecked: string };

/**
 * Checks a file with the first TypeScript that is installed for one of `typescriptFrom`. Runs its command, which every version
 * has: the compiler of TypeScript 7 has no interface for programs that others share.
 */
export async function checkTypes(path: string, typescriptFrom: readonly string[]): Promise<TypeCheck> {
  for (const from of typescriptFrom) {
    // Version 7, where it is installed beside 6, takes a fifth of the time.
    const manifest = packageOf('@typescript/native', from) ?? packageOf('typescript', from);
    if (manifest !== undefined) return compile(realpathSync(path), from, manifest);
  }
  return { unchecked: 'typescript is not installed' };
}

/** The path of the `package.json` of what is installed for a file. */
function packageOf(name: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(`${name}/package.json`);
  } catch {
    return undefined;
  }
}

async function compile(file: string, from: string, manifest: string): Promise<TypeCheck> {
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly bin: Record<string, string> };
  // `tsc6` in the package that lets TypeScript 6 be installed beside 7.
  const command = join(dirname(manifest), bin.tsc ?? bin.tsc6 ?? 'bin/tsc');
  const [cdk, node] = ['aws-cdk-lib', '@types/node'].map((name) => packageOf(name, from));
  // Enough for nearly every settings file, and ten times as fast as all types of Node and of the CDK.
  const quick = await findErrors(command, file, {
    types: [],
    ...(cdk && { paths: { 'aws-cdk-lib': [join(dirname(cdk), 'core/lib/index.d.ts')] } }),
  });
  if ('errors' in quick && quick.errors.length === 0) return quick;
  return findErrors(command, file, {
    ...(node ? { types: ['node'], typeRoots: [join(node, '../..')] } : { types: [] }),
    // Unknown before version 5.8. Node itself refuses a file with other syntax.
    ...('unchecked' in quick && { erasableSyntaxOnly: undefined }),
  });
}

async function findErrors(command: string, file: string, options: object): Promise<TypeCheck> {
  const folder = mkdtempSync(join(tmpdir(), 'daykey-types-'));
  try {
    const project = join(folder, 'tsconfig.json');
    writeFileSync(project, JSON.stringify({ compilerOptions: { ...OPTIONS, ...options }, files: [file] }));
    const args = [command, '--project', project, '--pretty', 'false'];
    // The compiler shows paths from where it runs, so that of the file is its name.
    return readErrors(await outputOf(args, dirname(file)), basename(file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the compiler prints: type errors when its exit code is not 0. */
function outputOf(args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd }, (error, stdout) => {
      resolve(stdout || (error ? `error: ${error.message}` : ''));
    });
  });
}

function readErrors(output: string, name: string): TypeCheck {
  const lines = output.split(/\r?\n/);
  // An error of the compiler itself, for example an option that its version does not know.
  const failure = lines.find((line) => /^error\b|tsconfig\.json\(\d+,\d+\): error\b/.test(line));
  if (failure !== undefined) return { unchecked: `its compiler failed: ${failure}` };
  const places = lines.flatMap((line) => {
    if (!line.startsWith(`${name}(`)) return [];
    const [, row, column, message] = /^\((\d+),(\d+)\): error TS\d+: (.*)$/.exec(line.slice(name.length)) ?? [];
    return message === undefined ? [] : [{ line: Number(row), column: Number(column), message }];
  });
  return { errors: places.slice(0, MAX_TYPE_ERRORS) };
}
