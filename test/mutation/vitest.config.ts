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
      'test/unit/envelope-*.test.ts',
      'test/unit/kek-life-{dates,plan}.test.ts',
      'test/unit/trust.test.ts',
      'test/unit/{domain,policy}/*.test.ts',
      'test/vectors/*.test.ts',
      'test/property/{aws-identity,envelope-*,policy-sealing}.test.ts',
    ],
    setupFiles: ['test/mutation/repeatable.ts'],
    sequence: { sequencer: PropertiesLast },
    testTimeout: 60_000,
  },
});
