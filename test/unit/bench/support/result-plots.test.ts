// The pictures of the documents show the figures of bench/results.md: `npm run docs:write` draws them, this test fails if they
// are stale.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resultPlots } from '../../../../bench/support/result-plots.ts';
import { ROOT } from '../../../support/documents.ts';

const RESULTS = readFileSync(join(ROOT, 'bench/results.md'), 'utf8');
const PLOTS = resultPlots(RESULTS);

test.each(Object.entries(PLOTS))('docs/images/%s shows what the benches found', async (name, svg) => {
  await expect(svg).toMatchFileSnapshot(join(ROOT, 'docs/images', name));
});

test('another figure is another picture', () => {
  expect(resultPlots(RESULTS.replace('| $8.52 |', '| $9.52 |'))['cost.svg']).toContain('>$9.52<');
});

test.each([
  ['live bundles, a request', 'has no table "live bundles, a request"'],
  ['memory', 'has no column "memory"'],
])('without "%s" in the results nothing is drawn', (title, problem) => {
  expect(() => resultPlots(RESULTS.replaceAll(`| ${title} `, '| something else '))).toThrow(problem);
});

test('a cell that is not a figure is refused, and not drawn as 0', () => {
  expect(() => resultPlots(RESULTS.replace('| 1,000,000 ', '| many      '))).toThrow('"many" is not a figure');
});
