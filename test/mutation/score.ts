// `npm run mutation`: runs Stryker with the arguments given, and writes docs/mutation-score.md from its report: a row for each
// folder, and no date, so that its diff shows only changes.

import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, matchesGlob } from 'node:path';
import { parseArgs } from 'node:util';
import { markdownTable } from '../../bench/support/table.ts';
import { CHANGED } from './near.ts';

const ROOT = join(import.meta.dirname, '../..');

const KEPT_RESULTS = join(ROOT, '.local/mutation/incremental.json');

interface Report {
  readonly files: {
    readonly [path: string]: { mutants: readonly { readonly status: string; readonly static?: boolean }[] };
  };
}

forgetStaticSurvivors();
const { status } = spawnSync('stryker', ['run', 'test/mutation/stryker.config.mjs', ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);

const { files } = JSON.parse(readFileSync(join(ROOT, '.local/mutation/report.json'), 'utf8')) as Report;
// With the others no test file loads, so there is nothing that tests could miss.
const COUNTED = new Set(['Killed', 'Timeout', 'Survived', 'NoCoverage']);
const mutants = Object.entries(files).flatMap(([path, { mutants: ofFile }]) =>
  ofFile.filter((mutant) => COUNTED.has(mutant.status)).map((mutant) => ({ folder: dirname(path), ...mutant })),
);
const folders = new Set(CHANGED.flatMap((glob) => globSync(glob, { cwd: ROOT })).map(dirname));
const measured = [...Map.groupBy(mutants, ({ folder }) => folder)].toSorted(([a], [b]) => (a < b ? -1 : 1));
const unmeasured = [...folders].filter((folder) => !measured.some(([each]) => each === folder)).toSorted();
const rows = measured.map(([folder, inside]) => rowOf(`\`${folder}\``, inside));
const ofDomain = mutants.filter(({ folder }) => folder.startsWith('vault/domain'));
const total = rowOf('all of these', mutants);

const text = `# What the tests notice

\`npm run mutation\` changes [\`vault\`](../vault), [\`wire\`](../wire), [\`client/sdk\`](../client/sdk) and
[\`client/blobs\`](../client/blobs), one place at a time: it negates a condition, removes a call, replaces a number or a text. After each
change it runs the tests of the changed folder that reach it ([\`near.ts\`](../test/mutation/near.ts)), and the change is noticed
if one of them fails. Tests of other folders would notice more: [ADR 32](adr/0032-changes-meet-their-tests-in-one-worker.md) says why they
do not run. The command writes this file, and fails below 90 %.

${markdownTable({ header: ['folder', 'changes', 'noticed', 'share'], rows: [...rows, rowOf('the whole domain', ofDomain), total] })}
${unmeasured.length > 0 ? `\nNot measured yet: ${unmeasured.map((folder) => `\`${folder}\``).join(', ')}.\n` : ''}
Properties draw the same values in every run, and tests that measure time are left out, so every machine gets the same figures.
Changes that no test noticed are in \`.local/mutation/report.html\`. Some of them change nothing that can be seen from outside:
a loop that runs once more without effect, or a buffer that is zero-filled twice.
`;
writeFileSync(join(ROOT, 'docs/mutation-score.md'), text);

/**
 * Static code runs while a file loads, so no test covers it by itself, and Stryker does not see which new test could notice a
 * change of it. Such changes are tried again, if this run is about their file.
 */
function forgetStaticSurvivors(): void {
  if (!existsSync(KEPT_RESULTS)) return;
  const { mutate } = parseArgs({ strict: false, options: { mutate: { type: 'string' } } }).values;
  const globs = typeof mutate === 'string' ? mutate.split(',') : CHANGED;
  const kept = JSON.parse(readFileSync(KEPT_RESULTS, 'utf8')) as Report;
  for (const [path, file] of Object.entries(kept.files)) {
    if (!globs.some((glob) => matchesGlob(path, glob))) continue;
    file.mutants = file.mutants.filter((mutant) => !(mutant.static && mutant.status === 'Survived'));
  }
  writeFileSync(KEPT_RESULTS, JSON.stringify(kept));
}

function rowOf(name: string, among: readonly { readonly status: string }[]): string[] {
  // An endless loop is noticed too: it ends as a failure or as a timeout, depending on the machine.
  const noticed = among.filter(({ status }) => status === 'Killed' || status === 'Timeout').length;
  return [name, String(among.length), String(noticed), `${((100 * noticed) / among.length).toFixed(1)} %`];
}
