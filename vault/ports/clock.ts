// Time as a dependency, so that tests control it.

/** Milliseconds since 1970. */
export type Clock = () => number;

/** The whole seconds of an instant, as expiries and slots count them. */
export function secondsOf(nowMs: number): number {
  return Math.floor(nowMs / 1000);
}
