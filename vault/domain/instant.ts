// Instants as text: RFC 3339 in UTC, to the second.

/** Milliseconds of a UTC day: what POSIX counts has no leap seconds. */
export const DAY_MS = 24 * 3600 * 1000;

/** `2026-11-24T06:00:00Z` for seconds since 1970. */
export function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** The UTC day of an instant in RFC 3339, as `YYYY-MM-DD`. */
export function dayOf(instant: string): string {
  return instant.slice(0, 'YYYY-MM-DD'.length);
}

/** The UTC days that have a part of a time, as the instants of RFC 3339 at which they begin. `untilMs` itself is excluded. */
export function daysWithin(fromMs: number, untilMs: number): string[] {
  const days: string[] = [];
  for (let dayMs = Math.floor(fromMs / DAY_MS) * DAY_MS; dayMs < untilMs; dayMs += DAY_MS) {
    days.push(new Date(dayMs).toISOString());
  }
  return days;
}

/** The whole second of an instant that has passed its schema; a fraction rounds towards the past. */
export function secondsOfRfc3339(text: string): number {
  return Math.floor(Date.parse(text.toUpperCase()) / 1000);
}
