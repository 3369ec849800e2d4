// A folder is built once for each state of its sources, however many ask.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildOnce, ROOT } from '../../../../scripts/package/build-once.ts';

let root: string;
let builds: number;

beforeEach(() => {
  mkdirSync(join(ROOT, '.local'), { recursive: true });
  root = mkdtempSync(join(ROOT, '.local/build-once-'));
  mkdirSync(join(root, 'sources/deep'), { recursive: true });
  writeFileSync(join(root, 'sources/deep/one.ts'), '1');
  writeFileSync(join(root, 'lock.json'), '{}');
  builds = 0;
});
afterEach(() => {
  rmSync(join(ROOT, '.local/built', basename(built())), { force: true });
  rmSync(root, { recursive: true, force: true });
});

const built = () => join(root, `${basename(root)}-built`);

async function ask(build = async (): Promise<void> => undefined): Promise<boolean> {
  return await buildOnce({
    folder: built(),
    sources: ['sources', 'lock.json'].map((path) => relative(ROOT, join(root, path))),
    build: async (into) => {
      builds += 1;
      await build();
      mkdirSync(into);
      writeFileSync(join(into, 'number'), String(builds));
    },
  });
}

test('it is not built again while its sources stay the same', async () => {
  expect([await ask(), await ask()]).toEqual([true, false]);
  expect(readFileSync(join(built(), 'number'), 'utf8')).toBe('1');
});

test.each([
  ['a source changes', () => writeFileSync(join(root, 'sources/deep/one.ts'), '2')],
  ['a source is added', () => writeFileSync(join(root, 'sources/two.ts'), '')],
  ['a source goes', () => rmSync(join(root, 'sources/deep/one.ts'))],
  ['the lockfile changes', () => writeFileSync(join(root, 'lock.json'), '[]')],
  ['the folder is gone', () => rmSync(built(), { recursive: true })],
])('it is built again when %s', async (_, change) => {
  await ask();
  change();
  expect(await ask()).toBe(true);
  expect(readFileSync(join(built(), 'number'), 'utf8')).toBe('2');
});

test('a build that fails leaves the folder as it was, and is tried again', async () => {
  await ask();
  writeFileSync(join(root, 'lock.json'), '[]');
  await expect(ask(() => Promise.reject(new Error('no compiler')))).rejects.toThrow('no compiler');
  expect(readFileSync(join(built(), 'number'), 'utf8')).toBe('1');
  expect(await ask()).toBe(true);
});

test('of two that ask at once, one builds and the other waits', async () => {
  const outcomes = await Promise.all([ask(), ask()]);
  expect(outcomes.toSorted()).toEqual([false, true]);
  expect([builds, existsSync(`${built()}.new`)]).toEqual([1, false]);
});
