// Scenarios of the simulated vault: any life, any number of rotators, and every kind of fault in any mixture.

import fc from 'fast-check';
import { DEFAULT_LIFE, type KekLife, problemsOfLife } from '../../vault/domain/kek-life/life.ts';
import type { Scenario, Spell } from './simulation-vault.ts';

/** Any scenario; the faults shrink, the seed does not. */
export function aScenario(): fc.Arbitrary<Scenario> {
  return fc.oneof({ weight: 3, arbitrary: aShortLife() }, { weight: 1, arbitrary: fc.constant(DEFAULT_LIFE) }).chain(
    (life): fc.Arbitrary<Scenario> =>
      fc.record({
        seed: fc.noShrink(fc.nat()),
        life: fc.constant(life),
        // Until a key that was made in them is destroyed, and one cycle more. What follows repeats it, at the price of a scenario.
        cycles: fc.integer({ min: 2, max: Math.min(8, 1 + Math.ceil(wholeLifeS(life) / life.cycleS)) }),
        rotators: fc.integer({ min: 1, max: 3 }),
        rotationsPerLead: fc.integer({ min: 2, max: 8 }),
        skews: fc.array(
          fc.integer({ min: -10, max: 10 }).map((tenths) => tenths / 10),
          { minLength: 1, maxLength: 5 },
        ),
        keyVisibleAfterMs: fc.constantFrom(0, 2000, 20_000),
        crashRate: fc.constantFrom(0, 0.05, 0.3),
        faultRate: fc.constantFrom(0, 0.01, 0.1),
        outages: fc.array(
          aSpell(life.cycleS / 2).chain((spell) =>
            fc.constantFrom('kms', 'ring', 'store', 'lambda').map((dependency) => ({ ...spell, dependency }) as const),
          ),
          { maxLength: 2 },
        ),
        rotatorsDown: fc.array(aSpell(2 * life.cycleS + life.leadS), { maxLength: 2 }),
        changes: fc
          .array(fc.record({ atShare: aShare(), maxTtlS: fc.constantFrom(60, life.maxTtlS, 2 * life.maxTtlS) }), {
            maxLength: 3,
          })
          .map((changes) => changes.sort((one, other) => one.atShare - other.atShare)),
        disabled: fc.array(aShare(), { maxLength: 1 }),
      }),
  );
}

/** Lives of minutes, as end-to-end tests use them; also a lead longer than a cycle, and a margin shorter than the grace. */
function aShortLife(): fc.Arbitrary<KekLife> {
  return fc
    .record({
      cycleS: fc.integer({ min: 60, max: 300 }),
      leadS: fc.integer({ min: 30, max: 400 }),
      graceS: fc.integer({ min: 5, max: 60 }),
      maxTtlS: fc.integer({ min: 60, max: 400 }),
      marginS: fc.integer({ min: 5, max: 60 }),
    })
    .filter((life) => problemsOfLife(life, true).length === 0);
}

/** From when a key is made to when it is destroyed. */
function wholeLifeS({ leadS, cycleS, graceS, maxTtlS, marginS }: KekLife): number {
  return leadS + cycleS + graceS + maxTtlS + marginS;
}

function aSpell(longestS: number): fc.Arbitrary<Spell> {
  return fc.record({ atShare: aShare(), lengthS: fc.integer({ min: 1, max: Math.ceil(longestS) }) });
}

function aShare(): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: 100 }).map((hundredths) => hundredths / 100);
}
