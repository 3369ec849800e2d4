// `npm run package`: compiles the SDK, the template filters and the testing kit into an npm package.

import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(import.meta.dirname, '../..');

/** What the package exports, and the source file behind each. */
export const ENTRIES = {
  '.': 'client/sdk/index.ts',
  './lambda': 'client/lambda/index.ts',
  './blobs': 'client/blobs/index.ts',
  './nunjucks': 'client/nunjucks/index.ts',
  './testing': 'client/testing/index.ts',
  './veil': 'client/veil/index.ts',
} as const;

/** Packages that the code imports, in the repository's versions. */
const DEPENDENCIES = ['@smithy/signature-v4', 'fastest-levenshtein', 'lru-cache', 'zod'];
/** Packages that only some callers need, and that they share with their own code. */
const OPTIONAL_PEERS = ['@aws-sdk/client-lambda', 'nunjucks'];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: object;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Builds the package in a folder, which is deleted first. @throws Error with the compiler's output when it fails. */
export function buildPackage(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const args = [compiler, '--project', join(import.meta.dirname, 'tsconfig.json'), '--outDir', join(folder, 'dist')];
  execFileSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  // Links into the repository lead nowhere in the package, so only their text stays.
  const page = readFileSync(join(ROOT, 'docs/sdk.md'), 'utf8');
  writeFileSync(join(folder, 'README.md'), page.replace(/\[([^\]]+)\]\((?!https?:|#)[^)]*\)/g, '$1'));
  cpSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
}

function manifest(): object {
  const { name, version, description, license, engines, dependencies } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  ) as Manifest;
  const exports = Object.entries(ENTRIES).map(([entry, source]) => {
    const compiled = `./dist/${source.replace(/\.ts$/, '')}`;
    return [entry, { types: `${compiled}.d.ts`, default: `${compiled}.js` }];
  });
  return {
    name,
    version,
    description,
    license,
    engines,
    type: 'module',
    sideEffects: false,
    exports: { ...Object.fromEntries(exports), './package.json': './package.json' },
    files: ['dist'],
    dependencies: Object.fromEntries(DEPENDENCIES.map((each) => [each, dependencies[each]])),
    peerDependencies: Object.fromEntries(OPTIONAL_PEERS.map((each) => [each, `^${dependencies[each]}`])),
    peerDependenciesMeta: Object.fromEntries(OPTIONAL_PEERS.map((each) => [each, { optional: true }])),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = join(ROOT, '.local/package');
  buildPackage(folder);
  console.log(`${folder} is ready for npm pack or npm publish`);
}
