// The licences of packages whose code is bundled, which have to travel with it.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './build-once.ts';

/** Writes the licence of every package that one of the bundles holds, and of those that are named. */
export function writeLicenses(folder: string, bundled: readonly string[], named: readonly string[] = []): void {
  const packages = bundled.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[0] ?? []);
  const folders = [...packages, ...named.map((name) => `node_modules/${name}`)].map((path) =>
    join(ROOT, path.slice(path.indexOf('node_modules/'))),
  );
  const texts = [...new Set(folders)].toSorted().map(licenseOf);
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), `${[...new Set(texts)].join(`\n${'-'.repeat(80)}\n\n`)}`);
}

/** @throws Error for a package that names no licence. */
function licenseOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly [Member in 'name' | 'version' | 'license']?: string;
  };
  if (license === undefined) throw new Error(`${folder} names no licence`);
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file)) : [];
  const texts = files.toSorted().map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return [`${name} ${version}: ${license}`, ...texts].map((text) => `${text}\n`).join('\n');
}
