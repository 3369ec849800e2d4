// Projects: `unit` and `offline` need no services, `emulator` gets an AWS emulator that starts once for the run, `judges` follows on it.

import { defineConfig } from 'vitest/config';
import { EMULATOR_CREDENTIALS, EMULATOR_REGION } from './local/emulator.ts';

// No test can reach a real account: whatever the developer's shell says, the SDK finds these.
const env = {
  AWS_ACCESS_KEY_ID: EMULATOR_CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: EMULATOR_CREDENTIALS.secretAccessKey,
  AWS_SESSION_TOKEN: '',
  AWS_PROFILE: '',
  AWS_REGION: EMULATOR_REGION,
  AWS_EC2_METADATA_DISABLED: 'true',
};

// The emulator is one process and its Lambdas are more: further test files in parallel only wait for it.
const onTheEmulator = {
  env,
  globalSetup: ['test/support/emulator-global-setup.ts', 'test/support/vault-global-setup.ts'],
  hookTimeout: 180_000,
  maxWorkers: 2,
};

export default defineConfig({
  test: {
    passWithNoTests: false,
    reporters: ['default', ['json', { outputFile: '.local/test-results.json' }]],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{unit,vectors}/**/*.test.ts'],
          env,
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'offline',
          include: ['test/{property,infra,package,repository}/**/*.test.ts', 'test/{attacks,faults}/*.test.ts'],
          env,
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'emulator',
          include: ['test/{integration,e2e,attacks/deployed,faults/deployed}/**/*.test.ts'],
          ...onTheEmulator,
          testTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'judges',
          include: ['test/judges/**/*.test.ts'],
          ...onTheEmulator,
          testTimeout: 180_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
