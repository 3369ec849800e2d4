// `npm run mutation`: which changes to the source no test notices. Results of unchanged files are taken from the last run.

import { CHANGED } from './near.ts';

export default {
  mutate: CHANGED,
  testRunner: 'near-tests',
  plugins: ['./test/mutation/runner.ts'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  ignorePatterns: ['/.local', '/.emulator', '/.judges', '/cdk.out'],
  tempDirName: '.local/mutation/sandbox',
  incremental: true,
  incrementalFile: '.local/mutation/incremental.json',
  reporters: ['clear-text', 'progress', 'json', 'html'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportMutants: false },
  jsonReporter: { fileName: '.local/mutation/report.json' },
  htmlReporter: { fileName: '.local/mutation/report.html' },
  thresholds: { high: 95, low: 92, break: 90 },
  // Vitest does not check types.
  disableTypeChecks: false,
  // Mutants in static code, such as the tables of rules and rights, take the longest and matter the most.
  warnings: { slow: false },
  // The first run notes for each test what it covers, which takes minutes.
  dryRunTimeoutMinutes: 30,
  // A slow machine must not count as a killed mutant. Endless loops are found by counting.
  timeoutMS: 10_000,
};
