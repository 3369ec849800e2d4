// Writes docs/mutation-score.md from the report of a run: a row for each folder, and no date, so that only a change shows.

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { markdownTable } from '../../bench/support/table.ts';

const ROOT = join(import.meta.dirname, '../..');

interface Report {
  readonly files: { readonly [path: string]: { readonly mutants: readonly { readonly status: string }[] } };
}

const { files } = JSON.parse(readFileSync(join(ROOT, '.local/mutation/report.json'), 'utf8')) as Report;
// The others are changes with which no test could be loaded at all: nothing that tests would have to notice.
const COUNTED = new Set(['Killed', 'Timeout', 'Survived', 'NoCoverage']);
const mutants = Object.entries(files).flatMap(([path, { mutants }]) =>
  mutants.filter(({ status }) => COUNTED.has(status)).map(({ status }) => ({ folder: `\`${dirname(path)}\``, status })),
);
const rows = [...Map.groupBy(mutants, ({ folder }) => folder)]
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .map(([folder, inside]) => rowOf(folder, inside));
const total = rowOf('all', mutants);

const text = `# What the tests notice

\`npm run mutation\` changes [\`vault/domain\`](../vault/domain) in ${total[1]} ways, one at a time: a condition turned
round, a call left out, a number or a text replaced. After each it runs the domain's own tests, and the change is noticed
when one of them fails. It writes this file, and fails below 85 %.

${markdownTable({ header: ['folder', 'changes', 'noticed', 'share'], rows: [...rows, total] })}

Properties draw the same values in every run, and tests that read the clock are left out, so the figures come out the
same everywhere. Changes that nobody noticed are in \`.local/mutation/report.html\`.
`;
writeFileSync(join(ROOT, 'docs/mutation-score.md'), text);

function rowOf(name: string, among: readonly { readonly status: string }[]): string[] {
  // An endless loop is noticed like any other failure; which of the two it becomes depends on the machine.
  const noticed = among.filter(({ status }) => status === 'Killed' || status === 'Timeout').length;
  return [name, String(among.length), String(noticed), `${((100 * noticed) / among.length).toFixed(1)} %`];
}
