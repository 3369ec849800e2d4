// What every clone of the repository needs: exact versions, permissive licences, no paths of one machine.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

interface LockedPackage {
  readonly version?: string;
  /** Absent for builds for other platforms, which have the licence of the package that they belong to. */
  readonly license?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Record<string, string>;
}
interface Lockfile {
  readonly packages: Record<string, LockedPackage>;
}
interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

test('the lockfile names no registry, so that a clone can use any', () => {
  const { packages } = JSON.parse(textOf('package-lock.json')) as Lockfile;
  expect(Object.keys(packages).length).toBeGreaterThan(50);
  expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});

// npm leaves out packages that a registry does not have, and `npm ci` then fails on other platforms.
test('the lockfile has the packages of every platform', () => {
  const { packages } = JSON.parse(textOf('package-lock.json')) as Lockfile;
  const names = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)));
  const optional = Object.values(packages).flatMap((locked) => Object.keys(locked.optionalDependencies ?? {}));
  expect(optional.length).toBeGreaterThan(10);
  expect(optional.filter((name) => !names.has(name))).toEqual([]);
});

test('every package has a licence that asks nothing of those who use or change it', () => {
  const { packages } = JSON.parse(textOf('package-lock.json')) as Lockfile;
  const permissive = /^\(?(MIT|ISC|0?BSD|Apache-2\.0|BlueOak-1\.0\.0|Python-2\.0|CC0-1\.0|CC-BY-4\.0|Unlicense)\b/;
  // Files under the MPL that are changed must be published. Nothing changes these.
  const unchanged = /\/(lightningcss(-|$)|axe-core$)/;
  const others = Object.entries(packages).filter(
    ([, { license }]) => license !== undefined && !permissive.test(license),
  );
  expect(others.filter(([path]) => !unchanged.test(path)).map(([path, { license }]) => [path, license])).toEqual([]);
});

test('every dependency is pinned to one version', () => {
  const { dependencies, devDependencies } = JSON.parse(textOf('package.json')) as Manifest;
  const all = Object.entries({ ...dependencies, ...devDependencies });
  expect(all.length).toBeGreaterThan(10);
  expect(all.filter(([, version]) => !/^(npm:[\w./@-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);

  const ofPython = ['local/emulator-requirements.txt', 'test/judges/requirements.txt', 'bench/openbao-requirements.txt']
    .map(textOf)
    .join('\n')
    .split('\n');
  const isPinned = /^(#|[\w.-]+==[\w.]+(; python_version (<|>=) "3\.11")?$)/;
  expect(ofPython.filter((line) => line !== '' && !isPinned.test(line))).toEqual([]);
});

test.skipIf(!existsSync(join(ROOT, '.git')))('no file holds a path of one machine', () => {
  // In parts, so that this file does not hold the paths.
  const folders = ['work/', 'root/', 'home/[a-z]+/', 'Users/[A-Za-z]+/', ['tmp', 'bash'].join('/')];
  const paths = new RegExp(`(?<![\\w.}-])/(${folders.join('|')})`);
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0').filter(Boolean);
  expect(files.length).toBeGreaterThan(50);
  const holding = files.filter((path) => existsSync(join(ROOT, path)) && paths.test(textOf(path)));
  expect(holding).toEqual([]);
});

test.skipIf(!existsSync(join(ROOT, 'LICENSE')))('the licence is the one that package.json names', () => {
  expect((JSON.parse(textOf('package.json')) as { license: string }).license).toBe('Apache-2.0');
  expect(textOf('LICENSE')).toMatch(/^\s*Apache License\s+Version 2\.0, January 2004/);
});

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
