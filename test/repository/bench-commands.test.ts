// The command line of every bench: its help, and what it does with wrong options.

import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../bench');
const BENCHES = readdirSync(FOLDER).filter((name) => name.endsWith('.ts'));

test('there is one bench for each question, and one that runs them all', () => {
  expect(BENCHES.length).toBeGreaterThanOrEqual(7);
  expect(BENCHES).toContain('all.ts');
});

test.concurrent.each(BENCHES)('%s says with --help what it does, and measures nothing', async (name) => {
  const { code, out } = await run(name, '--help');
  expect(code).toBe(0);
  expect(out).toContain('--help');
  expect(out).not.toContain('held');
});

// The same code reads the options of the other benches.
test.concurrent.each(['cost.ts', 'all.ts'])('%s ends with 2 for an option that it does not know', async (name) => {
  const { code, out, err } = await run(name, '--fast');
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain('--fast');
});

function run(name: string, ...options: string[]): Promise<{ code: unknown; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(FOLDER, name), ...options], (error, out, err) => {
      resolve({ code: error?.code ?? 0, out, err });
    });
  });
}
