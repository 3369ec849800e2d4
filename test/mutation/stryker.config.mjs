// `npm run mutation`: whether the tests notice when the domain is changed.

export default {
  mutate: ['vault/domain/**/*.ts'],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts' },
  plugins: ['@stryker-mutator/vitest-runner'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  ignorePatterns: ['/.local', '/.emulator', '/.judges', '/cdk.out'],
  tempDirName: '.local/mutation/sandbox',
  incrementalFile: '.local/mutation/incremental.json',
  reporters: ['clear-text', 'progress', 'json', 'html'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: '.local/mutation/report.json' },
  htmlReporter: { fileName: '.local/mutation/report.html' },
  thresholds: { high: 95, low: 90, break: 85 },
  // Vitest looks at no types.
  disableTypeChecks: false,
  // What is static here takes the longest and counts the most: the tables of types, reasons and rights.
  warnings: { slow: false },
  // A busy machine must not pass for a killed mutant; endless loops are found by counting.
  timeoutMS: 60_000,
};
