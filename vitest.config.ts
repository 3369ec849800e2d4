// The test projects. Only `emulator` needs services: it starts an AWS emulator and deploys a vault.

import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { EMULATOR_ENVIRONMENT } from './local/emulator.ts';
import LongestFirst from './test/support/longest-first.ts';

// No test reaches a real account: the SDK finds these instead of what the developer's shell holds.
const env = EMULATOR_ENVIRONMENT;

// Workers, and the hundreds of commands that tests start, find the code of packages compiled: a synthesis takes a quarter less
// time, a command of the CLI half.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '.local/compile-cache');

/** How long a test or a hook may take. Ends what hangs, and is far above what a busy machine takes. */
const PATIENCE_MS = 120_000;

const withoutServices = {
  env,
  // Vitest leaves one core free by default, which halves the speed on two.
  maxWorkers: '100%',
  testTimeout: PATIENCE_MS,
  hookTimeout: PATIENCE_MS,
  expect: { poll: { timeout: PATIENCE_MS / 2 } },
};
/** They start processes, load the CDK, play whole days or run benches: each takes longer than a folder of other unit tests. */
const SLOW_UNIT_TESTS = ['test/unit/**/*.process.test.ts', 'test/unit/{lib,bench,examples}/**/*.test.ts'];

// Unit tests of other folders are other projects, so that those of the vault take seconds.
const TESTS_OF_CLIENTS = ['test/unit/client/**/*.test.ts'];
/** They reach the fake of AWS through the AWS SDK. */
const TESTS_OF_ADAPTERS = ['test/unit/{lambda,support}/**/*.test.ts'];

/** Workers keep their modules between files: loading zod, the AWS SDK and the CDK takes longer than most tests. */
const sharingModules = { ...withoutServices, isolate: false };

/** Their files need not put back themselves what they replace. */
const restoring = { restoreMocks: true, unstubEnvs: true, unstubGlobals: true };

/** Tests that synthesize a vault need the functions. */
const withFunctions = { ...sharingModules, globalSetup: ['test/support/functions-global-setup.ts'] };

const onTheEmulator = {
  env,
  globalSetup: ['test/support/emulator-global-setup.ts', 'test/support/vault-global-setup.ts'],
  hookTimeout: 180_000,
  testTimeout: 60_000,
  // The emulator is one process. The longest files only wait for values and keys to expire, so others run beside them.
  maxWorkers: 4,
};

/** Projects of one group run side by side and share its workers. Groups run one after the other. */
const GROUPS = { unit: 0, client: 1, adapters: 1, others: 2, emulator: 3 };

export default defineConfig({
  test: {
    passWithNoTests: false,
    // Keeps what was transformed in node_modules, which takes a quarter off a further run. `vitest --clearCache` empties it.
    experimental: { fsModuleCache: true },
    sequence: { sequencer: LongestFirst },
    silent: 'passed-only',
    reporters: ['default', 'json', './test/support/project-times-reporter.ts'],
    outputFile: { json: '.local/test-results.json' },
    projects: [
      {
        test: {
          ...sharingModules,
          ...restoring,
          name: 'unit',
          include: ['test/{unit,vectors}/**/*.test.ts'],
          exclude: [...SLOW_UNIT_TESTS, ...TESTS_OF_CLIENTS, ...TESTS_OF_ADAPTERS],
          sequence: { groupOrder: GROUPS.unit },
        },
      },
      {
        test: {
          ...sharingModules,
          ...restoring,
          name: 'client',
          include: TESTS_OF_CLIENTS,
          exclude: SLOW_UNIT_TESTS,
          sequence: { groupOrder: GROUPS.client },
        },
      },
      {
        test: {
          ...sharingModules,
          ...restoring,
          name: 'adapters',
          include: TESTS_OF_ADAPTERS,
          exclude: SLOW_UNIT_TESTS,
          sequence: { groupOrder: GROUPS.adapters },
        },
      },
      {
        test: {
          ...sharingModules,
          name: 'property',
          include: ['test/property/**/*.test.ts'],
          sequence: { groupOrder: GROUPS.others },
        },
      },
      {
        test: {
          ...withFunctions,
          name: 'offline',
          include: ['test/{infra,package,repository}/**/*.test.ts', 'test/attacks/*.test.ts', ...SLOW_UNIT_TESTS],
          sequence: { groupOrder: GROUPS.others },
        },
      },
      {
        test: {
          ...withoutServices,
          name: 'faults',
          include: ['test/faults/*.test.ts'],
          sequence: { groupOrder: GROUPS.others },
        },
      },
      {
        test: {
          ...withFunctions,
          name: 'judges',
          include: ['test/judges/*.test.ts'],
          sequence: { groupOrder: GROUPS.others },
        },
      },
      {
        test: {
          ...withoutServices,
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          sequence: { groupOrder: GROUPS.others },
        },
      },
      {
        test: {
          ...onTheEmulator,
          name: 'emulator',
          include: ['test/{integration,e2e}/**/*.test.ts', 'test/{attacks,faults,judges}/deployed/*.test.ts'],
          sequence: { groupOrder: GROUPS.emulator },
        },
      },
    ],
  },
});
