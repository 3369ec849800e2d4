// What each function loads before it can do anything: small, whole, and nothing that Lambda does not have.

import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { functionBundle, NEVER_LOADED } from '../../scripts/package/function-bundle.ts';
import { functionNames } from '../../scripts/package/functions.ts';

const LAMBDA = join(import.meta.dirname, '../../lambda');
/** What a function loads is what callers wait for after a deployment. */
const MAX_BYTES = 300 * 1024;
const entries = functionNames();

test('every entry point is looked at', () => {
  expect(entries.length).toBeGreaterThanOrEqual(7);
});

describe.concurrent('the bundle of', () => {
  test.each(entries)(`%s is under ${MAX_BYTES} bytes, and imports nothing that is not in it`, async (entry) => {
    const { outputFiles, metafile } = await functionBundle({ entryPoints: [join(LAMBDA, `${entry}.ts`)] });
    expect(outputFiles).toHaveLength(1);
    expect(outputFiles[0]?.contents.length).toBeLessThan(MAX_BYTES);
    // The sweeper checks no schema.
    const hasZod = Object.keys(metafile.inputs).some((path) => path.includes('node_modules/zod/'));
    expect(hasZod).toBe(entry !== 'sweep');
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    expect(imports.length).toBeGreaterThan(0);
    const outside = imports.filter(({ path }) => !builtinModules.includes(path.replace(/^node:/, '')));
    // What is left out may only be asked for at the moment when it is needed, which on Lambda never comes.
    expect(outside.filter(({ kind }) => kind !== 'dynamic-import')).toEqual([]);
    for (const { path } of outside) expect(NEVER_LOADED).toContain(path);
  });
});
