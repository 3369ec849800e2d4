// What the sweep function does, on its schedule.

import { secondsOf } from '../ports/clock.ts';
import type { ConsoleReaper } from '../ports/entry-log.ts';
import { sweepConsole } from '../usecases/console/sweep-console.ts';
import { type SweepDeps, sweep } from '../usecases/sweep.ts';

/** `time` is when the run was due (RFC 3339). An operator's event may leave it out. */
export interface SweepEvent {
  readonly time?: string;
}

/**
 * Sweeps the vault and, where there is one, the Console.
 *
 * @throws the first failure, after both were tried: one table's trouble never keeps the other from being swept.
 */
export function sweepFunction(deps: SweepDeps, consoleReaper?: ConsoleReaper): (event: SweepEvent) => Promise<void> {
  return async ({ time }) => {
    const swept = await Promise.allSettled([
      sweep(deps, time === undefined ? undefined : secondsOf(Date.parse(time))),
      consoleReaper && sweepConsole(deps.clock, consoleReaper),
    ]);
    for (const result of swept) if (result.status === 'rejected') throw result.reason;
  };
}
