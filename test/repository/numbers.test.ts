// The README's figures are those that its commands wrote into documents, and the commands exist.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/documents.ts';

const NUMBERS = /\n## Numbers\n([\s\S]*?)\n## /.exec(textOf('README.md'))?.[1] ?? '';
const WRITTEN_DOWN = [textOf('bench/results.md'), textOf('docs/mutation-score.md')].join('\n');

test('every figure of the README is in a document that a command wrote', () => {
  const figures = NUMBERS.match(/\d+\.\d+x|\$[\d.]*\d|\d+\.\d+ (%|million)/g) ?? [];
  expect(figures.length).toBeGreaterThan(12);
  expect(figures.filter((figure) => !WRITTEN_DOWN.includes(figure))).toEqual([]);
});

test('every claim of the README names a command that exists', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  const commands = [...NUMBERS.matchAll(/\| `([^`]+)` +\|$/gm)].map(([, command = '']) => command);
  expect(commands.length).toBeGreaterThan(6);
  for (const command of commands) {
    const script = /^npm run (\S+)$/.exec(command)?.[1];
    const path = /\s(\S+)$/.exec(command)?.[1] ?? '';
    expect(script === undefined ? existsSync(join(ROOT, path)) : script in scripts, command).toBe(true);
  }
});

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
