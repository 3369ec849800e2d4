// Time as a dependency, so that tests own it.

/** Milliseconds since 1970. */
export type Clock = () => number;

/** The whole second of an instant: what expiries and slots are counted in. */
export function secondsOf(nowMs: number): number {
  return Math.floor(nowMs / 1000);
}
