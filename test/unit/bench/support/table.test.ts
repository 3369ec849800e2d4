// Tables of the benches, as text and as Markdown.

import { expect, test } from 'vitest';
import { markdownTable, table } from '../../../../bench/support/table.ts';

test('a table reads the same on a terminal and in Markdown', () => {
  const content = {
    header: ['what', 'ratio'],
    rows: [
      ['one', '1.00x'],
      ['another', '12.34x'],
    ],
  };
  expect(table(content)).toBe(['what      ratio', 'one       1.00x', 'another  12.34x'].join('\n'));
  expect(markdownTable(content).split('\n')).toEqual([
    '| what    |  ratio |',
    '| :------ | -----: |',
    '| one     |  1.00x |',
    '| another | 12.34x |',
  ]);
});
