// The whole vault under everything that goes wrong at once: no interleaving, crash, clock or outage breaks its promises.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { simulate } from '../support/simulation.ts';
import { aScenario } from '../support/simulation-scenarios.ts';
import type { Tally } from '../support/simulation-vault.ts';

const { DAYKEY_SIMULATIONS } = process.env;
/** How many vaults are played; `DAYKEY_SIMULATIONS=5000` for a long night. A failure prints the seed that repeats it. */
const RUNS = Number(DAYKEY_SIMULATIONS ?? 200);
/** Every change is judged by the same vaults. A long night plays others. */
const SEED = DAYKEY_SIMULATIONS === undefined ? { seed: 20261126 } : {};

describe('the life of app KEKs', () => {
  test(
    'keeps its promises when parts are cut off, late or broken',
    async () => {
      const total: Partial<Record<keyof Tally, number>> = {};
      await fc.assert(
        fc.asyncProperty(aScenario(), async (scenario) => {
          const { broken, tally } = await simulate(scenario);
          for (const [name, count] of Object.entries(tally) as [keyof Tally, number][]) {
            total[name] = (total[name] ?? 0) + count;
          }
          expect(broken.slice(0, 5)).toEqual([]);
        }),
        { numRuns: RUNS, ...SEED },
      );
      if (DAYKEY_SIMULATIONS) console.log(total);
      // Nothing would be shown by vaults in which nothing happens.
      for (const [name, count] of Object.entries(total)) expect(count, name).toBeGreaterThan(RUNS / 10);
    },
    RUNS * 5000,
  );

  test('plays out the same whenever its scenario is played again', async () => {
    const [scenario] = fc.sample(aScenario(), { numRuns: 1, seed: 7 });
    if (!scenario) throw new Error('expected a scenario');
    expect(await simulate(scenario)).toEqual(await simulate(scenario));
  });
});
