// A problem stays small, whatever names it repeats.

import { expect, test } from 'vitest';
import { DaykeyError } from '../../../../vault/domain/errors.ts';
import { failure } from '../../../../vault/operations/answer.ts';

const MOST_PATHS = 20;
const LONGEST_PATH = 128;

test.each([
  ['plain characters', 'a', MOST_PATHS],
  ['control characters, which JSON writes with six bytes', '\u0001', 3],
  ['characters of four bytes', '😀'.slice(0, 2), 10],
])('the paths of a problem take a bounded number of bytes: %s', (_, unit, count) => {
  const path = unit.repeat(LONGEST_PATH / unit.length);
  const paths = Array.from({ length: MOST_PATHS }, () => path);
  const { text, body } = failure(new DaykeyError('invalid-request', 'these members are unknown', { paths }));
  expect(Buffer.byteLength(text)).toBeLessThan(3072);
  expect((body as { paths: string[] }).paths).toHaveLength(count);
});
