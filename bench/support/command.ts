// The command line that all benches share: --help, --rounds, output, exit code.

import { parseArgs } from 'node:util';
import { quantile } from './rounds.ts';
import { markdownTable, type Table, table } from './table.ts';

const LEAST_ROUNDS = 10;

/** The results of a bench. */
export interface Findings {
  readonly tables: readonly Table[];
  /** What a reader has to know to understand the figures, a sentence or two each. */
  readonly notes?: readonly string[];
  readonly claims: readonly Claim[];
}

/** What has to hold. */
export interface Claim {
  /** The claim and whether it held, as the last two cells of a row. */
  readonly cells: readonly [claim: string, verdict: string];
  readonly held: boolean;
}

export interface BenchOptions {
  readonly help: string;
  /** Absent: the bench times nothing and has no option --rounds. */
  readonly usualRounds?: number;
}

/** The two cells of a row without a claim. */
export const NO_CLAIM = ['', ''] as const;

/** Runs `measure` unless only help is asked for. Exit code 0 when every claim held, 1 when one was missed, 2 for bad usage. */
export async function benchCommand(
  { help, usualRounds }: BenchOptions,
  measure: (rounds: number) => Promise<Findings>,
): Promise<void> {
  const values = valuesOf(usualRounds !== undefined);
  if (!values) {
    process.exitCode = 2;
    return;
  }
  if (values.help) {
    console.log(help);
    return;
  }
  const rounds = Number(values.rounds ?? usualRounds ?? LEAST_ROUNDS);
  if (!Number.isInteger(rounds) || rounds < LEAST_ROUNDS) {
    console.error(`--rounds takes a whole number of ${LEAST_ROUNDS} or more, got ${values.rounds}`);
    process.exitCode = 2;
    return;
  }
  const { tables, notes = [], claims } = await measure(rounds);
  console.log([...tables.map(values.markdown ? markdownTable : table), ...notes].join('\n\n'));
  process.exitCode = claims.every(({ held }) => held) ? 0 : 1;
}

/** The options of the command line; `undefined`, with the reason on stderr, if they are wrong. */
function valuesOf(hasRounds: boolean) {
  const options = {
    ...(hasRounds && { rounds: { type: 'string' as const } }),
    // For `npm run bench`, which writes the output of all benches into one file.
    markdown: { type: 'boolean' as const },
    help: { type: 'boolean' as const },
  };
  try {
    return parseArgs({ options }).values as { rounds?: string; markdown?: boolean; help?: boolean };
  } catch (error) {
    console.error((error as Error).message);
    return undefined;
  }
}

/** The claim that a ratio is at least this large. */
export function atLeast(ratio: number, least: number): Claim {
  return claim(`>= ${least}x`, ratio >= least);
}

/** The claim that a ratio is at most this large. */
export function atMost(ratio: number, most: number): Claim {
  return claim(`<= ${most}x`, ratio <= most);
}

/** `13.41x` and, of the middle 90 % of rounds, `12.90 to 14.02`. */
export function cells(values: readonly number[]): [median: string, spread: string] {
  const [low, middle, high] = [0.05, 0.5, 0.95].map((share) => quantile(values, share).toFixed(2));
  return [`${middle}x`, `${low} to ${high}`];
}

/** A claim in words. */
export function claim(text: string, held: boolean): Claim {
  return { cells: [text, held ? 'held' : 'MISSED'], held };
}
