// Between now and the second at which a holder is due next, there is nothing to do for it, whatever its ring holds.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { needsCheck, nextDueS } from '../../../../../vault/domain/kek-life/due.ts';
import type { KekLife } from '../../../../../vault/domain/kek-life/life.ts';
import { GONE_AT_LATEST_S, stepsDue } from '../../../../../vault/domain/kek-life/plan.ts';
import type { HolderRing, RingSlot, SlotState } from '../../../../../vault/domain/kek-life/ring.ts';
import { slotDates } from '../../../../../vault/domain/kek-life/slot.ts';

const NOW_S = 1_000_000;
/** Lives so short that every second can be tried. */
const LIFE: KekLife = { cycleS: 60, leadS: 40, graceS: 6, maxTtlS: 60, marginS: 8 };
const OTHER_LIFE: KekLife = { ...LIFE, maxTtlS: 90 };
const TRIED_S = 400;

const aSlot = (): fc.Arbitrary<RingSlot> =>
  fc
    .record({
      start: fc.integer({ min: -250, max: 120 }),
      lengthS: fc.integer({ min: 1, max: 90 }),
      life: fc.constantFrom(LIFE, OTHER_LIFE),
      state: fc.constantFrom<SlotState>('claimed', 'created', 'ready', 'lost', 'destroyed'),
      leaseS: fc.integer({ min: -100, max: 200 }),
      goneS: fc.option(fc.integer({ min: -300, max: 300 }), { nil: undefined }),
    })
    .map(({ start, lengthS, life, state, leaseS, goneS }) => {
      const slot = NOW_S + start;
      const isProven = state !== 'claimed' && state !== 'created';
      return {
        ...slotDates(slot, slot + lengthS, life),
        holder: { app: 'shop' },
        state,
        ...(state === 'claimed' ? {} : { keyArn: `key-${slot}` }),
        ...(isProven ? {} : { lease: { owner: 'someone', untilS: NOW_S + leaseS } }),
        ...(state === 'destroyed' && goneS !== undefined ? { goneAtS: NOW_S + goneS - GONE_AT_LATEST_S } : {}),
      };
    });

/** Two keys that encrypt, one after the other, at seconds that no other slot begins at. */
const COVER = [-300.5, 30.5].map((start): RingSlot => {
  const slot = NOW_S + start;
  return { ...slotDates(slot, slot + 331, LIFE), holder: { app: 'shop' }, state: 'ready', keyArn: `key-${slot}` };
});

const aRing = (): fc.Arbitrary<HolderRing> =>
  fc
    .record({
      retired: fc.boolean(),
      isCovered: fc.boolean(),
      slots: fc.uniqueArray(aSlot(), { maxLength: 4, selector: ({ slot }) => slot }),
    })
    .map(({ retired, isCovered, slots }) => ({
      holder: { app: 'shop' },
      life: LIFE,
      retired,
      slots: [...slots, ...(isCovered ? COVER : [])].sort((one, other) => other.slot - one.slot),
    }));

test('nothing is due before the next date, and at that date something is, or its keys are to be looked at', () => {
  const seen = { steps: 0, looks: 0, never: 0, again: 0 };
  fc.assert(
    fc.property(aRing(), (ring) => {
      const dueAtS = nextDueS(ring, NOW_S);
      if (stepsDue(ring, NOW_S).length > 0) {
        seen.again += 1;
        expect(dueAtS).toBe(NOW_S + 1);
        return;
      }
      const untilS = Math.min(dueAtS ?? Number.POSITIVE_INFINITY, NOW_S + TRIED_S);
      for (let atS = NOW_S + 1; atS < untilS; atS += 1) {
        if (stepsDue(ring, atS).length > 0) expect.fail(`due at ${atS - NOW_S} already`);
      }
      if (dueAtS === undefined) {
        seen.never += 1;
        return;
      }
      expect(dueAtS).toBeGreaterThan(NOW_S);
      const hasStep = stepsDue(ring, dueAtS).length > 0;
      seen[hasStep ? 'steps' : 'looks'] += 1;
      expect(hasStep || ring.slots.some((slot) => needsCheck(ring, slot, dueAtS))).toBe(true);
    }),
    { numRuns: 3000 },
  );
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(20);
});

test('a holder that encrypts is looked at within a quarter of its lead', () => {
  fc.assert(
    fc.property(aRing(), (ring) => {
      const dueAtS = nextDueS(ring, NOW_S) ?? Number.POSITIVE_INFINITY;
      const serves = ring.slots.some((slot) => needsCheck(ring, slot, NOW_S + LIFE.leadS / 4));
      if (serves) expect(dueAtS).toBeLessThanOrEqual(NOW_S + LIFE.leadS / 4);
    }),
  );
});
