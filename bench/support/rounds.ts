// Interleaved rounds: the contenders take turns in one process, so that a busy machine slows all of them alike.

/** One thing to be timed: does the work `times` times over. It may say itself how many nanoseconds that took. */
export type Contender = (times: number) => void | Promise<void> | Promise<number>;

export interface RoundsOptions {
  /** Rounds that count. */
  rounds: number;
  /** Rounds that run first and do not count. */
  warmUpRounds: number;
  /** What is measured, in nanoseconds. @default CPU time of this process: neighbours slow the wall clock, not that */
  nowNs?: () => number;
  /** Called after each round, warm-up included, with how many of them are done. */
  onRound: (done: number, total: number) => void;
}

/** One contender and how often it repeats its work in one round, so that all take about as long. */
export interface Lane {
  run: Contender;
  times: number;
}

/** Nanoseconds for one repetition, by lane, one entry a counted round. */
export async function timeRounds<Name extends string>(
  lanes: Record<Name, Lane>,
  { rounds, warmUpRounds, nowNs = cpuNs, onRound }: RoundsOptions,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(lanes) as Name[];
  const timings = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  const total = warmUpRounds + rounds;
  for (let round = 0; round < total; round += 1) {
    // Each round starts with another lane, so that none always pays for its neighbour's garbage.
    const turn = round % names.length;
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      const { run, times } = lanes[name];
      const startedNs = nowNs();
      const saidNs = await run(times);
      const tookNs = saidNs ?? nowNs() - startedNs;
      if (round >= warmUpRounds) timings[name].push(tookNs / times);
    }
    onRound(round + 1, total);
  }
  return timings;
}

/** CPU time of this process, all of its threads, in nanoseconds. */
export function cpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** Round by round: how many times longer `slower` took than `faster`. */
export function ratios(slower: readonly number[], faster: readonly number[]): number[] {
  return slower.map((ns, round) => ns / (faster[round] ?? Number.NaN));
}

/** The value below which `share` (0 to 1) of the values lie, between neighbours interpolated. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}
