// `daykey init`: the files of a new CDK app, and what it says next.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installedFrom } from '../../../../client/cli/own-package.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, Record<string, string>>;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'daykey-init-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function init(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const command = join(ROOT, 'client/cli/daykey.ts');
  return spawnSync(process.execPath, [command, 'init', ...args], { cwd: folder, encoding: 'utf8' });
}

const text = (path: string) => readFileSync(join(folder, path), 'utf8');

describe('daykey init', () => {
  test('makes a CDK app of five files, and a test', () => {
    const { status, stderr, stdout } = init('shop-eu');
    expect([status, stderr]).toEqual([0, '']);
    expect(readdirSync(join(folder, 'shop-eu')).toSorted()).toEqual([
      '.gitignore',
      'app.js',
      'cdk.json',
      'daykey.settings.js',
      'daykey.test.js',
      'package.json',
    ]);
    expect(JSON.parse(text('shop-eu/package.json'))).toMatchObject({
      name: 'shop-eu',
      dependencies: {
        'aws-cdk-lib': MANIFEST.dependencies?.['aws-cdk-lib'],
        constructs: MANIFEST.dependencies?.constructs,
        daykey: MANIFEST.version,
      },
      devDependencies: { 'aws-cdk': MANIFEST.devDependencies?.['aws-cdk'] },
    });
    expect(text('shop-eu/.gitignore')).toBe('node_modules/\ncdk.out/\n');
    expect(text('shop-eu/app.js')).toContain("'ShopEuVault'");
    for (const command of [
      'cd shop-eu',
      'npm install',
      'npm test',
      'npx cdk deploy',
      '--stack ShopEuVault --app shop-eu',
    ]) {
      expect(stdout).toContain(command);
    }
  });

  test('writes files in the style of the repository', () => {
    const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
    const args = ['check', '--config-path', join(ROOT, 'biome.json'), '--vcs-enabled=false', join(folder, 'shop-eu')];
    expect(() => execFileSync(process.execPath, [biome, ...args], { cwd: folder, stdio: 'pipe' })).not.toThrow();
  });

  test.each([
    [
      'a folder whose name no app can have',
      'Shop',
      'daykey: Shop cannot be the name of an app: use 1 to 63 lower case',
    ],
    ['a folder with something in it', 'full', 'daykey: full is not empty: name a folder that does not exist'],
    ['a file', 'full/notes', 'full/notes cannot be used: a part of this path is a file'],
    ['a folder below a file', 'full/notes/shop', 'full/notes/shop cannot be used: a part of this path is a file'],
  ])('refuses %s', (_, name, message) => {
    mkdirSync(join(folder, 'full'), { recursive: true });
    writeFileSync(join(folder, 'full/notes'), '');
    const { status, stderr, stdout } = init(name);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(message);
  });
});

describe('the tarball that the program was installed from', () => {
  const lockIn = (project: string, resolved?: string) => {
    const modules = join(folder, project, 'node_modules');
    mkdirSync(join(modules, 'daykey/dist/cli'), { recursive: true });
    const packages = { 'node_modules/daykey': resolved === undefined ? {} : { resolved } };
    writeFileSync(join(modules, '.package-lock.json'), JSON.stringify({ packages }));
    return join(modules, 'daykey/dist/cli');
  };

  test('is found in the lockfile of its project, and is a path from there', () => {
    expect(installedFrom(lockIn('one', 'file:../daykey.tgz'))).toBe(join(folder, 'daykey.tgz'));
  });

  test.each([
    ['a registry served the package', () => lockIn('two', 'https://registry.example.org/daykey-0.1.0.tgz')],
    ['the lockfile does not say', () => lockIn('three')],
    ['there is no lockfile', () => join(folder, 'four/node_modules/daykey/dist/cli')],
    ['the program runs in a clone', () => join(ROOT, 'client/cli')],
  ])('is none where %s', (_, where) => {
    expect(installedFrom(where())).toBeUndefined();
  });
});

test('the test of the new app passes, and fails when its settings let no one read', () => {
  const app = join(folder, 'shop');
  init('shop');
  mkdirSync(join(app, 'node_modules/daykey'), { recursive: true });
  // The kit as the package exports it.
  const exports = { './testing': './client/testing/index.ts' };
  for (const name of ['client', 'vault', 'wire']) symlinkSync(join(ROOT, name), join(app, 'node_modules/daykey', name));
  writeFileSync(join(app, 'node_modules/daykey/package.json'), JSON.stringify({ exports }));
  const { NODE_TEST_CONTEXT: _, VITEST: __, ...env } = process.env;
  const passes = () => spawnSync(process.execPath, ['--test'], { cwd: app, env, stdio: 'pipe' }).status === 0;
  expect(passes()).toBe(true);
  writeFileSync(join(app, 'daykey.settings.js'), text('shop/daykey.settings.js').replace('customer-support', 'other'));
  expect(passes()).toBe(false);
});
