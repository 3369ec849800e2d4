// The sweep function sweeps both tables, whatever becomes of one of them.

import { expect, test } from 'vitest';
import { memoryTelemetry } from '../../../../vault/memory/telemetry.ts';
import { sweepFunction } from '../../../../vault/operations/sweep-function.ts';
import type { ConsoleReaper } from '../../../../vault/ports/entry-log.ts';
import type { SweepDeps } from '../../../../vault/usecases/sweep.ts';

const NOW_S = 1_790_000_000;

/** Notes until when each table is swept. */
function tables(failures: { vault?: Error; console?: Error } = {}) {
  const swept: [table: string, untilS: number][] = [];
  const deps = {
    clock: () => NOW_S * 1000,
    telemetry: memoryTelemetry(),
    reaper: {
      // biome-ignore lint/correctness/useYield: nothing is due.
      async *due(shard: number, untilS: number) {
        if (shard === 0) swept.push(['vault', untilS]);
        if (failures.vault) throw failures.vault;
      },
    },
  } as unknown as SweepDeps;
  const consoleReaper: ConsoleReaper = {
    async deleteEnded(untilS) {
      swept.push(['console', untilS]);
      if (failures.console) throw failures.console;
      return 0;
    },
  };
  return { swept, deps, consoleReaper };
}

test('an event says from when on what is due is deleted; without a time it is now', async () => {
  const { swept, deps } = tables();
  await sweepFunction(deps)({ time: new Date((NOW_S - 30) * 1000).toISOString() });
  await sweepFunction(deps)({});
  expect(swept).toEqual([
    ['vault', NOW_S - 30],
    ['vault', NOW_S],
  ]);
});

test.each(['vault', 'console'] as const)(
  'trouble with the table of the %s keeps neither from being swept',
  async (table) => {
    const { swept, deps, consoleReaper } = tables({ [table]: new Error('throttled') });
    await expect(sweepFunction(deps, consoleReaper)({})).rejects.toThrow('throttled');
    expect(swept.map(([name]) => name).sort()).toEqual(['console', 'vault']);
  },
);

test('a vault with a Console sweeps both', async () => {
  const { swept, deps, consoleReaper } = tables();
  await sweepFunction(deps, consoleReaper)({});
  expect(swept.map(([name]) => name).sort()).toEqual(['console', 'vault']);
});
