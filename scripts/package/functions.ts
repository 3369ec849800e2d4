// Builds the Lambda functions into dist/lambda, a folder for each. Every script that synthesizes a vault does so first.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOnce, ROOT } from './build-once.ts';

export const FUNCTIONS_FOLDER = join(ROOT, 'dist/lambda');

/** Files and folders that the functions are built from. */
export const FUNCTION_SOURCES = [
  'lambda',
  'vault',
  'wire',
  'console',
  'scripts/package',
  'scripts/console-page.mjs',
  'package-lock.json',
];

/** Files beside the entry points that are none. */
const SHARED = ['config.ts', 'runtime.ts'];
/** The function whose page lies beside its code. */
const WITH_PAGE = 'console';
/** Packages in that page. */
const OF_THE_PAGE = ['lit-html'];

/** Names of the entry points: `lambda/<name>.ts`. */
export function functionNames(): string[] {
  const files = readdirSync(join(ROOT, 'lambda')).filter((file) => file.endsWith('.ts') && !SHARED.includes(file));
  return files.map((file) => file.replace(/\.ts$/, ''));
}

/** Builds every function, unless all were built from the same sources. Resolves to whether it built. */
export async function buildFunctions(): Promise<boolean> {
  return await buildOnce({
    folder: FUNCTIONS_FOLDER,
    sources: FUNCTION_SOURCES,
    build: async (into) => {
      const inputs = await Promise.all(functionNames().map((name) => buildFunction(name, join(into, name))));
      const { writeLicenses } = await import('./licenses.ts');
      writeLicenses(into, inputs.flat(), OF_THE_PAGE);
    },
  });
}

/** Builds one function. Resolves to the files that its bundle holds. */
async function buildFunction(name: string, folder: string): Promise<string[]> {
  // Loading esbuild takes longer than finding out that there is nothing to build.
  const { functionBundle } = await import('./function-bundle.ts');
  const { outputFiles, metafile } = await functionBundle({ entryPoints: [join(ROOT, 'lambda', `${name}.ts`)] });
  mkdirSync(folder, { recursive: true });
  for (const { contents } of outputFiles) writeFileSync(join(folder, 'index.js'), contents);
  if (name === WITH_PAGE) await buildPageBeside(folder);
  return Object.keys(metafile.inputs);
}

async function buildPageBeside(folder: string): Promise<void> {
  const { buildPage } = await import('../console-page.mjs');
  const { html, script, style } = buildPage();
  mkdirSync(join(folder, 'page'));
  writeFileSync(join(folder, 'page/page.html'), html);
  writeFileSync(join(folder, 'page/page.js'), script);
  writeFileSync(join(folder, 'page/page.css'), style);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildFunctions();
