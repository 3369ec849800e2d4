// `npm run package`: builds the npm package of the SDK, the CDK constructs and the command line.

import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOnce, ROOT } from './build-once.ts';
import { buildFunctions, FUNCTION_SOURCES, FUNCTIONS_FOLDER } from './functions.ts';
import { CLI, manifest } from './manifest.ts';
import { packageReadme } from './readme.ts';

/** Where `npm run package` puts the package, unpacked and packed. */
const PACKAGE_FOLDER = join(ROOT, 'dist/npm');

/** The command of TypeScript 7. */
export const COMPILER = join(ROOT, 'node_modules/@typescript/native/bin/tsc');

export interface BuiltPackage {
  /** The package as npm would publish it. */
  readonly folder: string;
  readonly tarball: string;
}

/** Builds and packs the package, unless it was built from the same sources. @throws Error with the compiler's output. */
export async function builtPackage(): Promise<BuiltPackage> {
  await buildOnce({
    folder: PACKAGE_FOLDER,
    sources: [
      ...FUNCTION_SOURCES,
      'client',
      'lib',
      'docs/sdk.md',
      'docs/cdk.md',
      'LICENSE',
      'package.json',
      'tsconfig.json',
    ],
    build: async (into) => {
      await buildPackage(join(into, 'package'));
      const options = ['--ignore-scripts', '--silent', '--pack-destination', into];
      const packed = execFileSync('npm', ['pack', join(into, 'package'), ...options], { encoding: 'utf8' });
      renameSync(join(into, packed.trim()), join(into, 'daykey.tgz'));
    },
  });
  return { folder: join(PACKAGE_FOLDER, 'package'), tarball: join(PACKAGE_FOLDER, 'daykey.tgz') };
}

async function buildPackage(folder: string): Promise<void> {
  const dist = join(folder, 'dist');
  compile(join(dist, 'esm'));
  await Promise.all([makeCommonJs(dist), bundleCommand(join(dist, 'cli')), buildFunctions()]);
  cpSync(FUNCTIONS_FOLDER, join(dist, 'lambda'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  const pages = ['docs/sdk.md', 'docs/cdk.md'].map((path) => readFileSync(join(ROOT, path), 'utf8'));
  writeFileSync(join(folder, 'README.md'), packageReadme(pages));
  cpSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
}

/** Modules and their types. */
function compile(outDir: string): void {
  const args = [COMPILER, '--project', join(import.meta.dirname, 'tsconfig.json'), '--outDir', outDir];
  execFileSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  for (const file of globSync('**/*.d.ts', { cwd: outDir })) {
    const path = join(outDir, file);
    // The compiler rewrites the extensions of imports in code only.
    const types = readFileSync(path, 'utf8').replace(/((?:from|import\() ?'\.[^']+)\.ts'/g, "$1.js'");
    writeFileSync(path, types);
  }
}

/** The same modules for `require`. */
async function makeCommonJs(dist: string): Promise<void> {
  const { build } = await import('esbuild');
  const [esm, cjs] = [join(dist, 'esm'), join(dist, 'cjs')];
  await build({
    entryPoints: globSync('**/*.js', { cwd: esm }).map((file) => join(esm, file)),
    outbase: esm,
    outdir: cjs,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    define: { 'import.meta.dirname': '__dirname' },
    logLevel: 'warning',
  });
  for (const file of globSync('**/*.d.ts', { cwd: esm })) {
    mkdirSync(dirname(join(cjs, file)), { recursive: true });
    cpSync(join(esm, file), join(cjs, file));
  }
  writeFileSync(join(cjs, 'package.json'), '{ "type": "commonjs" }\n');
}

/** The command line with all that it needs, so that programs which only call a vault install no AWS SDK. */
async function bundleCommand(outdir: string): Promise<void> {
  const [{ build }, { writeLicenses }] = await Promise.all([import('esbuild'), import('./licenses.ts')]);
  const { metafile } = await build({
    entryPoints: [join(ROOT, CLI)],
    bundle: true,
    splitting: true,
    metafile: true,
    outdir,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
    legalComments: 'none',
    // Packages for `require` ask it for Node's modules.
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module';\nconst require = makeRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  writeLicenses(outdir, Object.keys(metafile.inputs));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { tarball } = await builtPackage();
  console.log(`${tarball} is ready for npm publish`);
}
