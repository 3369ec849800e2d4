// The tests that changes are held against: those of the changed folders that need no service, except those that measure time.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'test/unit/{vault,wire,client}/**/*.test.ts',
      'test/vectors/*.test.ts',
      'test/property/{wire,vault/domain}/**/*.test.ts',
    ],
    exclude: ['**/*speed.test.ts', 'test/unit/client/cli/**'],
    setupFiles: ['test/mutation/repeatable.ts'],
    runner: 'test/mutation/worker.ts',
    pool: 'threads',
    maxWorkers: 1,
    isolate: false,
    // Without one, Vitest adds its own.
    reporters: [{}],
    // Results of unchanged tests are found by their place.
    includeTaskLocation: true,
    testTimeout: 60_000,
  },
});
