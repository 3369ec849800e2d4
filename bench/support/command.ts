// What every bench's command line does around its measuring: --help, --rounds, the exit code.

import { parseArgs } from 'node:util';
import { quantile } from './rounds.ts';

const LEAST_ROUNDS = 10;

/** Runs `measure` unless only help is asked for. Exit code 0 when every claim held, 1 when one was missed, 2 for bad usage. */
export async function benchCommand(
  { help, usualRounds }: { help: string; usualRounds: number },
  measure: (rounds: number) => Promise<boolean>,
): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help) {
    console.log(help);
    return;
  }
  const rounds = Number(values.rounds ?? usualRounds);
  if (!Number.isInteger(rounds) || rounds < LEAST_ROUNDS) {
    console.error(`--rounds takes a whole number of ${LEAST_ROUNDS} or more, got ${values.rounds}`);
    process.exitCode = 2;
    return;
  }
  process.exitCode = (await measure(rounds)) ? 0 : 1;
}

/** `13.4x` and, of the middle 90 % of rounds, `12.9 to 14.0`. */
export function cells(values: readonly number[]): [median: string, spread: string] {
  const [low, middle, high] = [0.05, 0.5, 0.95].map((share) => quantile(values, share).toFixed(2));
  return [`${middle}x`, `${low} to ${high}`];
}
