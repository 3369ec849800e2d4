// Whatever fails and wherever runs are cut off: every holder that is due gets its turn, in the order in which they wait.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DUE_SHARDS, dueShard } from '../../../../../vault/domain/kek-life/due.ts';
import { holderName } from '../../../../../vault/domain/kek-life/holder.ts';
import { BUDGET_MS, type RotateDeps, rotate } from '../../../../../vault/usecases/keys/rotate.ts';
import { storeSettings } from '../../../../support/store-settings.ts';
import { SLOT_S, someSettings, virtualVault } from '../../../../support/virtual-vault.ts';

const TICK_S = 300;

/** How a holder's work goes: it takes so much of a run's time, and fails in so many of its first runs. */
const aTurn = () => fc.record({ shareOfRun: fc.integer({ min: 1, max: 60 }), failures: fc.nat({ max: 3 }) });
const aVault = () => fc.array(aTurn(), { minLength: 1, maxLength: 24 });

test('no app starves: each is looked at within as many runs as those before it need', async () => {
  const seen = { cutOff: 0, failed: 0 };
  await fc.assert(
    fc.asyncProperty(aVault(), async (turns) => {
      const vault = virtualVault();
      for (const number of turns.keys()) await storeSettings(vault.keyRing, someSettings({ app: `app-${number}` }));
      const turnOf = new Map(turns.map((turn, number) => [`app-${number}`, turn]));
      const looked = new Map<string, number>();
      let spentMs = 0;
      const keyRing: RotateDeps['keyRing'] = {
        ...vault.keyRing,
        async planned(holder) {
          const name = holderName(holder);
          if (!looked.has(`${name} run ${runs}`)) {
            looked.set(`${name} run ${runs}`, runs);
            looked.set(name, looked.get(name) ?? runs);
            // All shards have begun by the time that work takes.
            await new Promise(setImmediate);
            spentMs += ((turnOf.get(name)?.shareOfRun ?? 0) / 100) * BUDGET_MS;
          }
          return await vault.keyRing.planned(holder);
        },
      };
      const { create } = vault.rotator.keyMaker;
      const tries = new Map<string, number>();
      const keyMaker: RotateDeps['keyMaker'] = {
        ...vault.rotator.keyMaker,
        async create(holder, dates) {
          const name = holderName(holder);
          tries.set(name, (tries.get(name) ?? 0) + 1);
          if ((tries.get(name) ?? 0) <= (turnOf.get(name)?.failures ?? 0)) {
            seen.failed += 1;
            throw new Error('KMS makes no key');
          }
          return await create(holder, dates);
        },
      };
      let runs = 0;
      const deps: RotateDeps = { ...vault.rotator, keyRing, keyMaker, clock: () => vault.nowS() * 1000 + spentMs };
      // Each run does at least one piece of work in each shard that has any, so this many are enough for each of them to have
      // had its turn as often as it fails, and once more.
      const mostRuns = Math.max(...perShard(turns)) * 5;
      const ready = async () => {
        const states = await Promise.all(
          turns.map(async (_, number) => (await vault.keyRing.slotsOf({ app: `app-${number}` }))[0]?.state),
        );
        return states.every((state) => state === 'ready');
      };
      while (runs < mostRuns && !(await ready())) {
        runs += 1;
        vault.at(SLOT_S + runs * TICK_S);
        spentMs = 0;
        await rotate(deps).catch(() => undefined);
        if (spentMs >= BUDGET_MS) seen.cutOff += 1;
        // All are looked at before one is a second time.
        const first = turns.map((_, number) => looked.get(`app-${number}`));
        if (first.includes(undefined)) {
          const again = [...looked.keys()].filter(
            (key) => key.endsWith(` run ${runs}`) && key.split(' ')[0] !== undefined,
          );
          for (const key of again) {
            const [name = ''] = key.split(' ');
            const waiting = turns.some(
              (_, number) => looked.get(`app-${number}`) === undefined && sameShard(name, `app-${number}`),
            );
            if (waiting) expect(looked.get(name), `${name} came before one that waits`).toBe(runs);
          }
        }
      }
      expect(await ready()).toBe(true);
    }),
    { numRuns: 40 },
  );
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(5);
});

test('two rotators at once make one key for each holder, and plan it once more', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 2, max: 4 }), async (apps, rotators) => {
      const vault = virtualVault();
      for (let number = 0; number < apps; number += 1) {
        await storeSettings(vault.keyRing, someSettings({ app: `app-${number}` }));
      }
      await Promise.all(Array.from({ length: rotators }, () => rotate(vault.rotator)));
      let slots = 0;
      for (let number = 0; number < apps; number += 1) {
        const { dueAtS, slots: made } = (await vault.keyRing.planned({ app: `app-${number}` })) ?? { slots: [] };
        expect(dueAtS).toBeGreaterThan(SLOT_S);
        expect(made.map(({ state }) => state)).toEqual(made.map(() => 'ready'));
        slots += made.length;
      }
      expect(vault.kms.calls.CreateKey).toBe(slots);
    }),
    { numRuns: 30 },
  );
});

function perShard(turns: readonly unknown[]): number[] {
  const counts = Array.from({ length: DUE_SHARDS }, () => 0);
  for (const number of turns.keys()) {
    const shard = dueShard({ app: `app-${number}` });
    counts[shard] = (counts[shard] ?? 0) + 1;
  }
  return counts;
}

function sameShard(one: string, other: string): boolean {
  return dueShard({ app: one }) === dueShard({ app: other });
}
