// `npm run package`: the SDK, the template filters and the testing kit as an npm package, file for file as they are here.

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { emitted } from './emit.ts';
import { manifestOf, type RootManifest } from './manifest.ts';
import { readmeOf } from './readme.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What the package exports, and the file behind each. */
export const ENTRIES = {
  '.': 'client/sdk/index.ts',
  './nunjucks': 'client/nunjucks/index.ts',
  './testing': 'client/testing/index.ts',
} as const;

/** Builds the package in a folder, which is emptied first. @throws Error with every fault that the compiler finds. */
export function buildPackage(folder: string): void {
  const { files, packages } = emitted(ROOT, Object.values(ENTRIES));
  const manifest = manifestOf(JSON.parse(textOf('package.json')) as RootManifest, ENTRIES, packages);
  rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of files) write(join(folder, 'dist', path), text);
  write(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  write(join(folder, 'README.md'), readmeOf(textOf('docs/sdk.md')));
  cpSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
}

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = join(ROOT, '.local/package');
  buildPackage(folder);
  console.log(`${folder} is the package: npm pack or npm publish it from there`);
}
