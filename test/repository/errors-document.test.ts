// docs/errors.md has every code of the wire: `npm run docs:write` writes its table, this test fails if it is stale.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { markdownTable, withParts } from '../../scripts/documents/markdown.ts';
import { PROBLEM_CODES, PROBLEMS } from '../../wire/problem.ts';
import { ROOT } from '../support/documents.ts';

const DOCUMENT = join(ROOT, 'docs/errors.md');

test('docs/errors.md has every code (`npm run docs:write` updates it)', async () => {
  const rows = PROBLEM_CODES.map((code) => {
    const { status, isTransient, why, operations } = PROBLEMS[code];
    return [`\`${code}\``, String(status), why, operations?.join(', ') ?? 'all', isTransient ? 'yes' : 'no'];
  });
  const errors = markdownTable(['code', 'status', 'when', 'operations', 'transient'], rows);
  await expect(withParts(readFileSync(DOCUMENT, 'utf8'), { errors })).toMatchFileSnapshot(DOCUMENT);
});
