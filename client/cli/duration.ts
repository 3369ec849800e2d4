// Durations as operators write them: `30m`, `24h`, `365d`.

import { InvalidArgumentError } from 'commander';

const SHAPE = /^([1-9]\d{0,6})([mhd])$/;
const SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 24 * 3600 };

/** Parses an option's duration of at most `maxDays` into seconds. @throws InvalidArgumentError that says how to write one. */
export function durationUpTo(maxDays: number): (text: string) => number {
  return (text) => {
    const [, number, unit = ''] = SHAPE.exec(text) ?? [];
    const seconds = Number(number) * (SECONDS[unit] ?? Number.NaN);
    if (seconds <= maxDays * 24 * 3600) return seconds;
    throw new InvalidArgumentError(`Write minutes, hours or days, like 30m, 24h or 90d, at most ${maxDays}d.`);
  };
}
