// What every bench's command line does around its measuring: --help, --rounds, how it prints, the exit code.

import { parseArgs } from 'node:util';
import { quantile } from './rounds.ts';
import { markdownTable, type Table, table } from './table.ts';

const LEAST_ROUNDS = 10;

/** What a bench found out. */
export interface Findings {
  readonly tables: readonly Table[];
  /** What a reader has to know beside the figures, a sentence or two each. */
  readonly notes?: readonly string[];
  readonly claims: readonly Claim[];
}

/** What must be so. */
export interface Claim {
  /** The claim and what came of it, as the last two cells of a row. */
  readonly cells: readonly [claim: string, verdict: string];
  readonly held: boolean;
}

export interface BenchOptions {
  readonly help: string;
  /** Absent: nothing is timed, and there is no option --rounds. */
  readonly usualRounds?: number;
}

/** The two cells of a row that claims nothing. */
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

/** What stands on the command line; `undefined`, and the reason told, when it is nothing that there is. */
function valuesOf(hasRounds: boolean) {
  const options = {
    ...(hasRounds && { rounds: { type: 'string' as const } }),
    // For `npm run bench`, which puts what all of them print into one file.
    ...{ markdown: { type: 'boolean' as const }, help: { type: 'boolean' as const } },
  };
  try {
    return parseArgs({ options }).values as { rounds?: string; markdown?: boolean; help?: boolean };
  } catch (error) {
    console.error((error as Error).message);
    return undefined;
  }
}

/** The claim that a ratio is so large at least. */
export function atLeast(ratio: number, least: number): Claim {
  return claim(`>= ${least}x`, ratio >= least);
}

/** The claim that a ratio is so large at most. */
export function atMost(ratio: number, most: number): Claim {
  return claim(`<= ${most}x`, ratio <= most);
}

/** `13.41x` and, of the middle 90 % of rounds, `12.90 to 14.02`. */
export function cells(values: readonly number[]): [median: string, spread: string] {
  const [low, middle, high] = [0.05, 0.5, 0.95].map((share) => quantile(values, share).toFixed(2));
  return [`${middle}x`, `${low} to ${high}`];
}

function claim(text: string, held: boolean): Claim {
  return { cells: [text, held ? 'held' : 'MISSED'], held };
}
