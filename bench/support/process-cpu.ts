// The CPU time of another process, as Linux counts it.

import { readFileSync } from 'node:fs';

/** What one count of `/proc` is worth: a hundredth of a second on every Linux that Node runs on (proc(5)). */
const TICK_NS = 10_000_000;
const UTIME_AT = 11;

/** CPU time that a process has taken, in nanoseconds, in steps of 10 ms. `NaN` where there is no `/proc`. */
export function processCpuNs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program comes first, in brackets, and may hold anything.
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(UTIME_AT, UTIME_AT + 2)
      .map(Number);
    return ((user ?? Number.NaN) + (system ?? Number.NaN)) * TICK_NS;
  } catch {
    return Number.NaN;
  }
}
