// Runs the longest test files first, so that a run does not end with one worker at a long file and the others idle.

import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take long, the longest first. A file that is not here runs after them. */
const LONGEST = [
  // These mostly wait for keys and values to expire.
  'test/e2e/life.test.ts',
  'test/e2e/operations.test.ts',
  'test/e2e/blobs.test.ts',
  'test/e2e/aws-identity.test.ts',
  'test/e2e/generations.test.ts',
  'test/e2e/package.test.ts',
  'test/e2e/many-apps.test.ts',
  'test/judges/deployed/schemathesis.test.ts',
  'test/e2e/start.test.ts',
  'test/e2e/documents.test.ts',
  // These compute. A browser uses a whole core, so one at a time runs, beside the first file, which outlasts them.
  'test/faults/network.test.ts',
  'test/browser/console.test.ts',
  'test/browser/console.media.test.ts',
  'test/browser/console.attacks.test.ts',
  'test/browser/console.second-person.test.ts',
  'test/property/vault.key-life.test.ts',
  'test/property/vault/operations.cost.test.ts',
  'test/property/lambda/rotate-kek.scale.test.ts',
  'test/package/package.test.ts',
  'test/property/vault/operations.limits.test.ts',
  'test/faults/killed.test.ts',
  'test/package/api-docs.test.ts',
  'test/package/bundlers.test.ts',
  'test/infra/settings-file.test.ts',
  'test/judges/dynamodb-local.test.ts',
  'test/judges/key-policy.test.ts',
  'test/unit/client/cli/init.process.test.ts',
  'test/infra/life-of-the-stack.test.ts',
  'test/repository/testing-document.test.ts',
  'test/repository/bench-commands.test.ts',
];

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root } = this.ctx.config;
    const gone = LONGEST.find((file) => !existsSync(join(root, file)));
    if (gone !== undefined)
      throw new Error(`${gone} does not exist: correct its path in test/support/longest-first.ts`);
    const place = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.indexOf(relative(root, moduleId).replaceAll('\\', '/'));
      return at === -1 ? LONGEST.length : at;
    };
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}
