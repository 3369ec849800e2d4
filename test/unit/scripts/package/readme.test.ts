// The README of the npm package.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageReadme } from '../../../../scripts/package/readme.ts';

const DOCS = join(import.meta.dirname, '../../../../docs');

test('keeps the text of links into the repository, and other links as they are', () => {
  const page = packageReadme([
    'The [threat\nmodel](threat-model.md#keys) and [KMS](https://aws.amazon.com/kms/).\n',
    'See [above](#begin).\n',
  ]);
  expect(page).toBe('The threat\nmodel and [KMS](https://aws.amazon.com/kms/).\n\nSee [above](#begin).\n');
});

test.each(['sdk.md', 'cdk.md'])('keeps the columns of tables in %s aligned', (name) => {
  const document = readFileSync(join(DOCS, name), 'utf8');
  const rowLengths = (text: string) => text.split('\n').flatMap((line) => (line.startsWith('|') ? [line.length] : []));
  expect(rowLengths(document).length).toBeGreaterThan(2);
  expect(rowLengths(packageReadme([document]))).toEqual(rowLengths(document));
});
