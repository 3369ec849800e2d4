// The types of a settings file are checked by the TypeScript of its project, of any version, or it is said why not.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkTypes } from '../../../../client/cli/settings-types.ts';

const MODULES = join(import.meta.dirname, '../../../../node_modules');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daykey-types-test-'));
  mkdirSync(join(folder, 'node_modules'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function settings(text: string): string {
  const file = join(folder, 'daykey.settings.ts');
  writeFileSync(file, text);
  return file;
}

/** Installs a compiler that is a script. */
function install(script: string, bin = 'tsc'): void {
  const typescript = join(folder, 'node_modules/typescript');
  mkdirSync(typescript);
  writeFileSync(join(typescript, 'package.json'), JSON.stringify({ name: 'typescript', bin: { [bin]: './run.cjs' } }));
  writeFileSync(join(typescript, 'run.cjs'), script);
}

test.each([
  ['TypeScript 6', 'typescript'],
  ['TypeScript 7', '@typescript/native'],
])('%s finds the errors of the file, each with its place, and none of what it imports', async (_, name) => {
  symlinkSync(join(MODULES, name), join(folder, 'node_modules/typescript'));
  writeFileSync(join(folder, 'other.ts'), "export const hours: number = '1';\n");
  const file = settings(
    "import { hours } from './other.ts';\nexport default { hours };\n  const days: number = '30';\nif (days) {}\nhours.nope;\n",
  );
  expect(await checkTypes(file, [file])).toEqual({
    errors: [
      { line: 3, column: 9, message: "Type 'string' is not assignable to type 'number'." },
      { line: 5, column: 7, message: "Property 'nope' does not exist on type 'number'." },
    ],
  });
});

test('the command of the package for TypeScript 6 beside 7 is found', async () => {
  install("console.log('daykey.settings.ts(1,2): error TS1: wrong'); process.exitCode = 2;", 'tsc6');
  const file = settings('');
  expect(await checkTypes(file, [file])).toEqual({ errors: [{ line: 1, column: 2, message: 'wrong' }] });
});

test('a compiler that is older than the option for erasable syntax checks without it', async () => {
  install(`
    const { compilerOptions } = JSON.parse(require('node:fs').readFileSync(process.argv[3], 'utf8'));
    const isUnknown = 'erasableSyntaxOnly' in compilerOptions;
    console.log(isUnknown ? 'tsconfig.json(1,2): error TS5023: Unknown.' : 'daykey.settings.ts(1,2): error TS1: wrong');
    process.exitCode = 2;
  `);
  const file = settings('');
  expect(await checkTypes(file, [file])).toEqual({ errors: [{ line: 1, column: 2, message: 'wrong' }] });
});

test.each([
  [
    'does not know an option',
    "console.log('error TS5023: Unknown option.'); process.exitCode = 1;",
    'error TS5023: Unknown option.',
  ],
  [
    'does not take an option',
    "console.log('../a/tsconfig.json(1,2): error TS6046: Not that.'); process.exitCode = 1;",
    '../a/tsconfig.json(1,2): error TS6046: Not that.',
  ],
  [
    'does not take an option, in a temporary folder with a space,',
    "console.log('../Jane Doe/tsconfig.json(1,2): error TS6046: Not that.'); process.exitCode = 1;",
    '../Jane Doe/tsconfig.json(1,2): error TS6046: Not that.',
  ],
  ['crashes', "throw new Error('no memory');", expect.stringMatching(/^error: Command failed: /)],
])('a compiler that %s is no reason to refuse the file, and the reason is said', async (_, script, reason) => {
  install(script);
  const file = settings('');
  const check = await checkTypes(file, [file]);
  expect('unchecked' in check && check.unchecked.replace('its compiler failed: ', '')).toEqual(reason);
});

test('the first file with TypeScript counts, and without one nothing is checked', async () => {
  install("console.log('daykey.settings.ts(1,2): error TS1: wrong'); process.exitCode = 2;");
  const file = settings('');
  const without = mkdtempSync(join(tmpdir(), 'daykey-types-test-'));
  expect(await checkTypes(file, [join(without, 'a.ts'), file])).toEqual({ errors: [expect.anything()] });
  expect(await checkTypes(file, [join(without, 'a.ts')])).toEqual({ unchecked: 'typescript is not installed' });
  rmSync(without, { recursive: true });
});
