// Durations as operators write them: `30m`, `24h`, `365d`.

const SHAPE = /^([1-9]\d{0,6})([mhd])$/;
const SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 24 * 3600 };

/** Seconds of a duration, up to `maxDays`. @throws Error that says how to write one. */
export function secondsOfDuration(option: string, text: string, maxDays: number): number {
  const [, number, unit = ''] = SHAPE.exec(text) ?? [];
  const seconds = Number(number) * (SECONDS[unit] ?? Number.NaN);
  if (seconds <= maxDays * 24 * 3600) return seconds;
  throw new Error(`${option} takes minutes, hours or days, as in 30m, 24h or 90d, at most ${maxDays}d: got ${text}`);
}
