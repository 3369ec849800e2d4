// What the documents tell people to type works: every command block is typed, in order, with the vault of this run.
// `operations.test.ts` types the commands that deploy and destroy.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { blocksOf, ROOT } from '../support/documents.ts';
import { COMMANDS, DOCUMENTS, OPERATIONS, RUN_ELSEWHERE, testCommandsOf } from '../support/typed-commands.ts';

test('the documents have commands, and those that run elsewhere are in a test', () => {
  const documents = COMMANDS.map(({ document }) => document);
  expect(documents).toEqual(expect.arrayContaining(['README.md', OPERATIONS]));
  for (const [command, file] of Object.entries(RUN_ELSEWHERE)) {
    expect(COMMANDS.map(({ text }) => text)).toContain(command);
    expect(existsSync(join(ROOT, file))).toBe(true);
  }
});

test('no block holds commands without saying so', () => {
  const unmarked = DOCUMENTS.flatMap(blocksOf).filter(({ language }) => language === '');
  expect(unmarked.filter(({ text }) => /^(npm|npx|node|aws|git|curl) /m.test(text))).toEqual([]);
});

testCommandsOf(
  (document) => document !== OPERATIONS,
  () => Promise.resolve({ endpoint: inject('endpoint'), vault: inject('vault') }),
);
