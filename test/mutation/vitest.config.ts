// The tests that mutants are held against: those of the mutated folders that need no service, except those that measure time.

import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Properties take the longest and few mutants need them, so they run last: the first test that fails ends a run. */
class PropertiesLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isProperty = ({ moduleId }: TestSpecification) => moduleId.includes('/test/property/');
    return [...files].sort((a, b) => Number(isProperty(a)) - Number(isProperty(b)));
  }
}

export default defineConfig({
  test: {
    include: [
      'test/unit/{vault,wire,client}/**/*.test.ts',
      'test/vectors/*.test.ts',
      'test/property/{wire,vault/domain}/**/*.test.ts',
    ],
    exclude: ['**/*speed.test.ts', 'test/unit/client/cli/**'],
    setupFiles: ['test/mutation/repeatable.ts'],
    sequence: { sequencer: PropertiesLast },
    testTimeout: 60_000,
  },
});
