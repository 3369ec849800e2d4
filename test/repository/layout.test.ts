// Where files lie, what they are called and how they begin, so that a reader finds a file and its test by path.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { filesOfCheckout, ROOT } from '../support/documents.ts';

const VAGUE = new Set(['utils', 'util', 'common', 'helpers', 'helper', 'types', 'misc', 'shared']);
const MAX_LAMBDA_LINES = 3900;

const files = filesOfCheckout().filter((path) => /\.(ts|mjs)$/.test(path) && existsSync(join(ROOT, path)));
const sources = files.filter((path) => !path.startsWith('test/') && path.includes('/'));
const inside = (folders: string) => sources.filter((path) => new RegExp(`^(${folders})/`).test(path));

test('lambda has less code than the vault that runs anywhere, and under 3,900 lines without comments', () => {
  const linesIn = (folder: string) =>
    inside(folder)
      .flatMap((path) => textOf(path).split('\n'))
      .filter((line) => !/^\s*(\/\/|\/?\*|$)/.test(line)).length;
  expect(linesIn('lambda')).toBeGreaterThan(500);
  expect(linesIn('lambda')).toBeLessThan(Math.min(MAX_LAMBDA_LINES, linesIn('vault')));
});

test('there are no barrels in lambda, vault and wire', () => {
  expect(inside('lambda|vault|wire').filter((path) => path.endsWith('/index.ts'))).toEqual([]);
});

test('folders are named after a concept, files in kebab-case', () => {
  const isVague = (path: string) =>
    dirname(path)
      .split('/')
      .some((folder) => VAGUE.has(folder));
  expect(files.filter(isVague)).toEqual([]);
  expect(
    files.filter((path) => !/^([a-z0-9-]+\/)*[a-z0-9-]+(\.[a-z0-9-]+)*\.(ts|mjs)$/.test(path.replace(/^\.\w+\//, ''))),
  ).toEqual([]);
});

test('every source file begins with one line that says what it is for', () => {
  expect(sources.length).toBeGreaterThan(200);
  expect(sources.filter((path) => !/^(#![^\n]+\n)?\/\/ \S[^\n]+\n(?!\/\/)/.test(textOf(path)))).toEqual([]);
});

test('only entry points read the environment in lambda, vault and wire', () => {
  const isEntryPoint = (path: string) => /^lambda\/[^/]+\.ts$/.test(path) && !/\/(config|runtime)\.ts$/.test(path);
  const others = inside('lambda|vault|wire').filter((path) => !isEntryPoint(path));
  const reading = /\bprocess\s*\??\.\s*env\b|\bprocess\s*\[|['"](node:)?process['"]/;
  expect(others.filter((path) => reading.test(textOf(path)))).toEqual([]);
});

// `vault/usecases/erase.ts` is tested by `test/unit/vault/usecases/erase.test.ts`, one of its topics by `erase.topic.test.ts`.
test('a test stands at the path of the file or folder that it tests', () => {
  const tests = files.filter((path) => /^test\/(unit|property|integration)\/.*\.test\.ts$/.test(path));
  expect(tests.length).toBeGreaterThan(60);
  const lost = tests.filter((path) => {
    const tested = path.replace(/^test\/[^/]+\//, '').replace(/(\.[a-z0-9-]+)?\.test\.ts$/, '');
    // What tests share has tests too: `test/unit/support/a.test.ts` is that of `test/support/a.ts`.
    const paths = [tested, `test/${tested}`].flatMap((each) => [each, `${each}.ts`, `${each}.mjs`]);
    return !paths.some((each) => existsSync(join(ROOT, each)));
  });
  expect(lost).toEqual([]);
});

test('each decision has a number to itself, which its title repeats', () => {
  const decisions = filesOfCheckout().filter((path) => path.startsWith('docs/adr/') && existsSync(join(ROOT, path)));
  const numbers = decisions.map((path) => Number(/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1]));
  expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers.map((_, at) => at + 1));
  expect(decisions.map((path) => Number(/^# (\d+)\. \S/.exec(textOf(path))?.[1]))).toEqual(numbers);
});

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
