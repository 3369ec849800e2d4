// Counts removed bundles by holder and slot, and adds them to the ledger in batches.

import { causesOf } from '../domain/errors.ts';
import { holderName, type KeyHolder } from '../domain/kek-life/holder.ts';
import type { Tally, TallyLedger } from '../ports/ledger.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { settledInTurn } from './settled-in-turn.ts';

/** The counts of one run. Adding never waits and never throws: what is deleted must not depend on what is counted. */
export interface Tallies {
  /** Counts bundles of a slot. */
  add(holder: KeyHolder, slot: number, how: keyof Tally, count?: number): void;
  /** Adds to the ledger what is not in it yet. @throws what the ledger threw first, now or in an earlier batch. */
  flush(): Promise<void>;
}

/** Bundles of one slot that a run that is cut off may leave uncounted. */
export const MAX_UNCOUNTED = 250;
const WRITES_AT_ONCE = 16;

interface Uncounted extends Record<keyof Tally, number> {
  readonly holder: KeyHolder;
  readonly slot: number;
}

/** Tallies with nothing counted yet. */
export function talliesOf(deps: { readonly ledger: TallyLedger; readonly telemetry: Telemetry }): Tallies {
  const uncounted = new Map<string, Uncounted>();
  const batches: Promise<void>[] = [];
  const failures: unknown[] = [];

  async function write({ holder, slot, swept, erased }: Uncounted): Promise<void> {
    try {
      await deps.ledger.add(holder, slot, { swept, erased });
    } catch (error) {
      // The ledger may have counted it: a second try could count it twice, and a tally is a lower bound.
      deps.telemetry.note('the tally of a slot may be too low', {
        holder: holderName(holder),
        slot,
        cause: causesOf(error).join(' < '),
      });
      failures.push(error);
    }
  }

  return {
    add(holder, slot, how, count = 1) {
      const name = `${holderName(holder)}#${slot}`;
      const tally = uncounted.get(name) ?? { holder, slot, swept: 0, erased: 0 };
      tally[how] += count;
      uncounted.set(name, tally);
      if (tally.swept + tally.erased < MAX_UNCOUNTED) return;
      uncounted.delete(name);
      batches.push(write(tally));
    },

    async flush() {
      const rest = [...uncounted.values()];
      uncounted.clear();
      await Promise.all([...batches.splice(0), settledInTurn(rest, WRITES_AT_ONCE, write)]);
      if (failures.length > 0) throw failures[0];
    },
  };
}
