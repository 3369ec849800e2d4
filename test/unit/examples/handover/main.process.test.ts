// The hand-over as a command, word for word.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blocksOf } from '../../../support/documents.ts';

const MAIN = join(import.meta.dirname, '../../../../examples/handover/main.ts');

/** The transcript of `npm start` in the README, where a day takes 12 seconds. */
const TRANSCRIPT = blocksOf('README.md')
  .map(({ text }) => text)
  .filter((text) => text.includes('12 seconds later'))
  .join()
  .replace('12 seconds later', '24 hours later');

test('the command prints the transcript', () => {
  expect(execFileSync(process.execPath, [MAIN], { encoding: 'utf8' })).toBe(TRANSCRIPT);
});
