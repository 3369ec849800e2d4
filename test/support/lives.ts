// Lives of app KEKs, any that the settings admit.

import fc from 'fast-check';
import { type KekLife, problemsOfLife } from '../../vault/domain/kek-life/life.ts';
import { MAX_TTL_SECONDS } from '../../wire/limits.ts';

const HOUR_S = 3600;
const LONGEST_CYCLE_S = 365 * 24 * HOUR_S;

/** Any life of a vault: of production, of tests, short and long. */
export function aLife(): fc.Arbitrary<KekLife> {
  return fc
    .oneof(
      periods({ cycleS: [HOUR_S, 48 * HOUR_S], leadS: [HOUR_S, 24 * HOUR_S], least: 300 }),
      periods({ cycleS: [HOUR_S, LONGEST_CYCLE_S], leadS: [HOUR_S, 24 * HOUR_S], least: 300 }),
      periods({ cycleS: [60, 600], leadS: [30, 600], least: 5 }),
    )
    .filter((life) => problemsOfLife(life, true).length === 0);
}

type Range = readonly [min: number, max: number];

function periods({ cycleS, leadS, least }: { cycleS: Range; leadS: Range; least: number }): fc.Arbitrary<KekLife> {
  const between = ([min, max]: Range) => fc.integer({ min, max });
  return fc.record({
    cycleS: between(cycleS),
    leadS: between(leadS),
    graceS: between([least, 10 * least]),
    maxTtlS: fc.oneof(between([60, HOUR_S]), between([60, MAX_TTL_SECONDS]), fc.constant(MAX_TTL_SECONDS)),
    marginS: between([least, 10 * least]),
  });
}
