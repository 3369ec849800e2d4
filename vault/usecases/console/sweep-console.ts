// Deletes what has ended in the Console's table: rows of the log, sign-ins, sessions. Nothing shown depends on it.

import { type Clock, secondsOf } from '../../ports/clock.ts';
import type { ConsoleReaper } from '../../ports/entry-log.ts';

/** Items that one run deletes, at most; the next run goes on, and DynamoDB's TTL deletes what no run does. */
export const MAX_SWEPT = 20_000;

/** Deletes what has ended by now. */
export async function sweepConsole(clock: Clock, reaper: ConsoleReaper): Promise<void> {
  await reaper.deleteEnded(secondsOf(clock()), MAX_SWEPT);
}
