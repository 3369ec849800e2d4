// The code of docs/testing.md runs, each block in the test runner that it is for.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blocksOf, ROOT } from '../support/documents.ts';

const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');

const blocks = blocksOf('docs/testing.md')
  .filter(({ language }) => language === 'ts')
  .map(({ text }) => text);
const RUNNERS: Record<string, (folder: string, file: string) => string[]> = {
  vitest: (folder) => [VITEST, 'run', '--root', folder],
  'node:test': (_, file) => ['--test', file],
};

test('docs/testing.md has one block for each runner', () => {
  expect(blocks.map(runnerOf).filter((name) => name !== undefined)).toEqual(Object.keys(RUNNERS));
});

test.each(Object.keys(RUNNERS))(
  'the block for %s passes, and fails when less time passes or no caller is refused',
  (name) => {
    const block = blocks.find((each) => runnerOf(each) === name) ?? '';
    expect(run(name, block)).toBe('passed');
    const other = block.replace("advance('24h')", "advance('23h')").replace("kind: 'other'", "kind: 'component'");
    expect(other).not.toBe(block);
    expect(run(name, other)).toBe('failed');
  },
);

function runnerOf(block: string): string | undefined {
  return /^import \{[^}]*\btest\b[^}]*\} from '([^']+)';$/m.exec(block)?.[1];
}

/** Runs a block beside the packages that it imports. */
function run(name: string, block: string): 'passed' | 'failed' {
  mkdirSync(join(ROOT, '.local'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.local/document-'));
  try {
    const file = join(folder, 'block.test.ts');
    // Without it, the runner would use the repository's configuration.
    writeFileSync(join(folder, 'vitest.config.ts'), 'export default {};');
    writeFileSync(file, block.replaceAll("from './", `from '${ROOT}/`));
    // With these variables, a runner inside a runner takes itself for a part of it.
    const { NODE_TEST_CONTEXT: _, VITEST: __, ...env } = process.env;
    execFileSync(process.execPath, RUNNERS[name]?.(folder, file) ?? [], { env, stdio: 'pipe', timeout: 100_000 });
    return 'passed';
  } catch {
    return 'failed';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
