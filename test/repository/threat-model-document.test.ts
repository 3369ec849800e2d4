// The threat model and the tests agree: every attack in the table has a test, and every test of an attack is in the table.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

interface Cited {
  readonly attacker: string;
  readonly file: string;
  readonly title: string;
}

const rows = readFileSync(join(ROOT, 'docs/threat-model.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| **'))
  .map((line) => line.slice(2, -2).split(' | '));

const cited: readonly Cited[] = rows.flatMap(([attacker = '', , , proof = '']) =>
  [...proof.matchAll(/\[((?:\\.|[^\\\]])+)\]\(\.\.\/(test\/[^)]+)\)/g)].map(([, text = '', file = '']) => ({
    attacker,
    file,
    // Markdown escapes these.
    title: text.replace(/\\([*_[\]|<>])/g, '$1'),
  })),
);

/** Titles of the tests of a file as a report prints them, after the titles of their suites. */
function titlesIn(file: string): string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node, suites: readonly string[]): void => {
    const call = ts.isCallExpression(node) ? titledCall(node) : undefined;
    if (call?.name === 'test') titles.push([...suites, call.title].join(' > '));
    const around = call?.name === 'describe' ? [...suites, call.title] : suites;
    ts.forEachChild(node, (child) => visit(child, around));
  };
  visit(ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest), []);
  return titles;
}

/** `test('title', …)`, and `test.each(…)('title', …)` too. */
function titledCall({ expression, arguments: [first] }: ts.CallExpression) {
  let name: ts.Node = expression;
  while (ts.isCallExpression(name) || ts.isPropertyAccessExpression(name)) name = name.expression;
  if (!first || !ts.isStringLiteralLike(first) || !ts.isIdentifier(name)) return undefined;
  return { name: name.text, title: first.text };
}

test('every row says what the attacker has, gets and does not get, and which tests carry out the attack', () => {
  expect(rows.length).toBeGreaterThan(15);
  expect(rows.filter((cells) => cells.length !== 4 || cells.some((cell) => cell.trim() === ''))).toEqual([]);
  const proven = new Set(cited.map(({ attacker }) => attacker));
  expect(rows.map(([attacker]) => attacker).filter((attacker) => !proven.has(attacker ?? ''))).toEqual([]);
});

test('every test that the table names exists, under exactly that title', () => {
  const titles = new Map([...new Set(cited.map(({ file }) => file))].map((file) => [file, titlesIn(file)]));
  expect(cited.filter(({ file, title }) => !titles.get(file)?.includes(title))).toEqual([]);
});

test('every test of an attack is in the table', () => {
  const files = globSync('test/attacks/**/*.test.ts', { cwd: ROOT });
  expect(files.length).toBeGreaterThan(5);
  const inTable = new Set(cited.map(({ file, title }) => `${file}: ${title}`));
  const mounted = files.flatMap((file) => titlesIn(file).map((title) => `${file}: ${title}`));
  expect(mounted.filter((attack) => !inTable.has(attack))).toEqual([]);
});
