// The hand-over as a command, word for word.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blocksOf, ROOT } from '../../../support/documents.ts';

const MAIN = join(import.meta.dirname, '../../../../examples/handover/main.ts');

/** The transcript of `npm start` in the example's document, where a day takes 12 seconds. */
const TRANSCRIPT = blocksOf('examples/handover/README.md')
  .map(({ text }) => text)
  .filter((text) => text.includes('12 seconds later'))
  .join()
  .replace('12 seconds later', '24 hours later');

test('the README shows lines of the transcript', () => {
  const cells = (line: string, between: RegExp) => line.trim().split(between).join('|');
  const printed = TRANSCRIPT.split('\n').map((line) => cells(line, / {2,}/));
  const shown = readFileSync(join(ROOT, 'README.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.includes('★★★★★ '))
    .map((line) => cells(line.slice(1, -1), / *\| */))
    .filter((line) => line.split('|').length === 5);
  expect(shown.length).toBeGreaterThan(4);
  expect(shown.filter((line) => !printed.includes(line))).toEqual([]);
});

test('the command prints the transcript', () => {
  expect(execFileSync(process.execPath, [MAIN], { encoding: 'utf8' })).toBe(TRANSCRIPT);
});
