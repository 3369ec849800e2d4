// Runs every bench, one after the other, writes what they found into bench/results.md, and draws the plots of the documents.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { arch, availableParallelism, loadavg, platform } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { resultPlots } from './support/result-plots.ts';

const HELP = `npm run bench [-- --quick]

Runs every bench of the folder, writes bench/results.md and draws the plots in docs/images. Takes some five minutes on an
idle machine of two cores, and up to 3 GB of memory. Exits 1 when a claim is missed, after it has written the results.

  --quick  the fewest rounds that each of them allows: less time, wider spreads
  --help   this text

To run one of them: npx node bench/<name>.ts --help`;

/** Benches by file name, with the question that each answers. */
const BENCHES = {
  'seal-open': 'What does the envelope cost?',
  classify: 'What does it cost to know what is sensitive?',
  request: 'What does a request ask of AWS?',
  cold: 'What does a cold start cost?',
  floor: 'How near is a request to its floor?',
  blobs: 'What does a blob cost?',
  cost: 'What does a million fields cost?',
  hostile: 'What can a hostile request cost?',
  sweep: 'How fast does what has expired go?',
  growth: 'How does it grow?',
  drift: 'Does memory grow with requests?',
  http: 'How does it compare with another product?',
} as const;

/** They have no rounds. */
const WITHOUT_ROUNDS: readonly string[] = ['cost', 'sweep', 'drift'];
const FEWEST_ROUNDS = '10';
const RESULTS = join(import.meta.dirname, 'results.md');
const IMAGES = join(import.meta.dirname, '../docs/images');

const values = valuesOf();
if (!values) process.exitCode = 2;
else if (values.help) console.log(HELP);
else process.exitCode = await runAll(values.quick ?? false);

/** The options of the command line; `undefined`, with the reason on stderr, if they are wrong. */
function valuesOf() {
  try {
    return parseArgs({ options: { quick: { type: 'boolean' }, help: { type: 'boolean' } } }).values;
  } catch (error) {
    console.error((error as Error).message);
    return undefined;
  }
}

/** 0 when every claim held, 1 when one was missed. @throws Error when a bench failed. */
async function runAll(quick: boolean): Promise<number> {
  const parts = [heading()];
  const missed: string[] = [];
  const names = Object.entries(BENCHES);
  for (const [at, [name, question]] of names.entries()) {
    console.error(`${at + 1} of ${names.length}: ${name}`);
    const rounds = quick && !WITHOUT_ROUNDS.includes(name) ? ['--rounds', FEWEST_ROUNDS] : [];
    const { found, held } = await run(name, rounds);
    if (!held) missed.push(name);
    const part = `## ${question}\n\n\`npx node bench/${name}.ts\`\n\n${found.trim()}\n`;
    console.log(`${part}\n`);
    parts.push(part);
  }
  const results = parts.join('\n');
  writeFileSync(RESULTS, results);
  for (const [name, svg] of Object.entries(resultPlots(results))) writeFileSync(join(IMAGES, name), svg);
  console.error(`bench/results.md is written; claims missed: ${missed.join(', ') || 'none'}`);
  return missed.length > 0 ? 1 : 0;
}

async function run(name: string, options: string[]): Promise<{ found: string; held: boolean }> {
  const script = join(import.meta.dirname, `${name}.ts`);
  const child = spawn(process.execPath, [script, '--markdown', ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [found, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0 && code !== 1) throw new Error(`${name} ended with ${signal ?? code}`);
  return { found, held: code === 0 };
}

function heading(): string {
  const machine = `${availableParallelism()} cores (${platform()}, ${arch()}), Node ${process.version}`;
  const load = loadavg()[0]?.toFixed(1);
  return `# Results of the benches

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 'YYYY-MM-DD'.length)}, on ${machine}; load average at the
beginning: ${load}. No figure is a time: each is a count, a price of what was counted, or a ratio to a peer or a floor that
was measured in the same run, in alternation. A spread is the range of the middle 90 % of the rounds; it is wide on a busy machine.
`;
}
