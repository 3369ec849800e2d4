// Periods of time as people write them, and as the CDK's Duration gives them.

/** `90s`, `15m`, `24h`, `7d`, or a `Duration` of the CDK. */
export type Period =
  | `${number}${'s' | 'm' | 'h' | 'd'}`
  | {
      /** Whole seconds. */
      toSeconds(): number;
    };

const SHAPE = /^(\d{1,9})([smhd])$/;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 24 * 3600 };

/** Whole seconds of a period. @throws RangeError that says how to write one. */
export function secondsOfPeriod(period: Period): number {
  if (typeof period === 'object') return period.toSeconds();
  const [, number, unit = ''] = SHAPE.exec(period) ?? [];
  const seconds = Number(number) * (SECONDS[unit] ?? Number.NaN);
  if (Number.isNaN(seconds)) throw new RangeError(`a period is written like 90s, 15m, 24h or 7d, got ${period}`);
  return seconds;
}
