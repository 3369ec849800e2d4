// Periods of time in settings: a text with a unit, or a Duration of the CDK.

/** `90s`, `15m`, `24h`, `7d`, or a `Duration` of the CDK. */
export type Period =
  | `${number}${'s' | 'm' | 'h' | 'd'}`
  | {
      /** Whole seconds. */
      toSeconds(): number;
    };

/** How to write a period, for error messages. */
export const PERIOD_EXAMPLES = '"90s", "15m", "24h", "7d" or a Duration of the CDK';

const TEXT = /^\d{1,9}[smhd]$/;
const SECONDS_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
]);

/** Whole seconds of a period. @throws RangeError for anything else, saying how to write one. */
export function periodSeconds(period: Period): number {
  const seconds = readPeriod(period);
  if (seconds === undefined) throw new RangeError(`a period of time is written as ${PERIOD_EXAMPLES}`);
  return seconds;
}

/** Whole seconds of a period; `undefined` for a value that is not one. */
export function readPeriod(value: unknown): number | undefined {
  if (typeof value === 'string') {
    const perUnit = TEXT.test(value) ? SECONDS_PER_UNIT.get(value.slice(-1)) : undefined;
    return perUnit && Number(value.slice(0, -1)) * perUnit;
  }
  if (typeof value !== 'object' || value === null || !('toSeconds' in value)) return undefined;
  try {
    // A Duration throws when it is not whole seconds.
    const seconds = (value as { toSeconds(): number }).toSeconds();
    return Number.isInteger(seconds) && seconds >= 0 ? seconds : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds in the largest unit that gives a whole number: `86400` is `24h`, `90` is `90s`. Days only from two days on. */
export function formatPeriod(seconds: number): Period {
  for (const [unit, perUnit] of SECONDS_PER_UNIT) {
    if (seconds % perUnit === 0 && seconds >= (unit === 'd' ? 2 : 1) * perUnit) {
      return `${seconds / perUnit}${unit as 's' | 'm' | 'h' | 'd'}`;
    }
  }
  return `${seconds}s`;
}
