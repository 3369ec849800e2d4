// The page for security reviewers: every claim has a command that runs tests there are, evidence, and an end.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/documents.ts';

const DOCUMENT = readFileSync(join(ROOT, 'docs/security-review.md'), 'utf8');
const CLAIMS = rowsBelow('Claims');
const TESTS = globSync('test/**/*.test.ts', { cwd: ROOT });
const SCRIPTS = Object.keys(
  (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object }).scripts,
);

test('every claim has a command, evidence, and where it ends', () => {
  expect(CLAIMS.length).toBeGreaterThan(12);
  expect(CLAIMS.filter((cells) => cells.length !== 4 || cells.some((cell) => cell === ''))).toEqual([]);
});

test('every command runs tests that there are, or is a script', () => {
  for (const [claim, command = ''] of CLAIMS) {
    const script = /^`npm run ([\w:]+)`$/.exec(command)?.[1];
    const [, paths = ''] = /^`npx vitest run (?:--project \w+ )?([^`]+)`$/.exec(command) ?? [];
    const missing = paths.split(' ').filter((path) => !TESTS.some((file) => file.startsWith(path)));
    expect([claim, script === undefined ? missing : SCRIPTS.filter((name) => name === script)]).toEqual([
      claim,
      script === undefined ? [] : [script],
    ]);
  }
});

test('the evidence of a claim has each file that its command runs', () => {
  for (const [claim, command = '', evidence = ''] of CLAIMS) {
    const linked = [...evidence.matchAll(/\]\(\.\.\/(test\/[^)]+)\)/g)].map(([, path = '']) => path);
    const run = command.match(/test\/[^\s`]+/g) ?? [];
    const isLinked = (path: string) => linked.some((link) => link.startsWith(path) || path.startsWith(link));
    expect([claim, run.filter((path) => !isLinked(path))]).toEqual([claim, []]);
    expect(linked.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  }
});

/** The cells of the table below a heading. */
function rowsBelow(heading: string): string[][] {
  const [, section = ''] = DOCUMENT.split(`\n## ${heading}\n`);
  const [, , ...rows] = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('|'));
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}
