// The tests that mutants of the domain are held against: its own, and none that reads the clock.

import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Properties take the longest and few mutants need them, so they come last: the first test that fails ends a run. */
class PropertiesLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isProperty = ({ moduleId }: TestSpecification) => moduleId.includes('/test/property/');
    return [...files].sort((a, b) => Number(isProperty(a)) - Number(isProperty(b)));
  }
}

export default defineConfig({
  test: {
    include: [
      'test/unit/vault/domain/**/*.test.ts',
      'test/vectors/*.test.ts',
      'test/property/{wire/aws-identity,vault/domain/envelope/*,vault/domain/policy/*}.test.ts',
    ],
    setupFiles: ['test/mutation/repeatable.ts'],
    sequence: { sequencer: PropertiesLast },
    testTimeout: 60_000,
  },
});
