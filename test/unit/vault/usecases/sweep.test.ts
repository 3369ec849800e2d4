// Sweeping: all that has expired, nothing else, within a bound, whatever fails on the way.

import { describe, expect, test } from 'vitest';
import { type BundleReaper, type Due, SHARDS } from '../../../../vault/ports/bundle-store.ts';
import { SWEEP_BUDGET_MS, type SweepDeps, sweep } from '../../../../vault/usecases/sweep.ts';
import { MAX_UNCOUNTED } from '../../../../vault/usecases/tallies.ts';
import { aBundle, dueAt } from '../../../support/contracts/bundles.ts';
import { present } from '../../../support/envelope.ts';
import { type MemoryVault, memoryVault } from '../../../support/memory-vault.ts';

const depsOf = ({ clock, ports, ledger, telemetry }: MemoryVault, reaper: BundleReaper = ports.bundles): SweepDeps => ({
  clock,
  ledger,
  telemetry,
  reaper,
  blobs: ports.blobs,
});

async function left(vault: MemoryVault): Promise<number> {
  return (await dueAt(vault.ports.bundles, Number.MAX_SAFE_INTEGER)).length;
}

/** A vault that holds bundles of one slot, which expire in a minute. */
async function withBundles(count: number): Promise<MemoryVault> {
  const vault = await memoryVault();
  const slot = present((await vault.ring()).slots[0]).slot;
  const times = { createdAtS: vault.nowS(), expiresAtS: vault.nowS() + 60 };
  for (let made = 0; made < count; made += 1) await vault.ports.bundles.insert(aBundle({ slot, ...times }));
  return vault;
}

async function tallyOf(vault: MemoryVault) {
  return vault.ledger.tally({ app: vault.app }, present((await vault.ring()).slots[0]).slot);
}

/** A reaper that gives these rows as well, in the first shard. */
function withRows(reaper: BundleReaper, rows: readonly Due[]): BundleReaper {
  return {
    ...reaper,
    async *due(shard, nowS) {
      if (shard === 0) yield rows;
      yield* reaper.due(shard, nowS);
    },
  };
}

describe('a sweep', () => {
  test('deletes at the expiry and not a second before', async () => {
    const vault = await withBundles(1);
    vault.advance(59);
    await sweep(depsOf(vault));
    expect(await left(vault)).toBe(1);
    vault.advance(1);
    await sweep(depsOf(vault));
    expect(await left(vault)).toBe(0);
  });

  test('goes by the earlier of its clock and its schedule', async () => {
    const vault = await withBundles(1);
    vault.advance(3600);
    await sweep(depsOf(vault), vault.nowS() - 3600 + 59);
    expect(await left(vault)).toBe(1);
    vault.advance(-3600 + 59);
    await sweep(depsOf(vault), vault.nowS() + 3600);
    expect(await left(vault)).toBe(1);
    vault.advance(1);
    await sweep(depsOf(vault), vault.nowS());
    expect(await left(vault)).toBe(0);
  });

  test('rejects a time that is none, and deletes nothing', async () => {
    const vault = await withBundles(1);
    vault.advance(60);
    await expect(sweep(depsOf(vault), Number.NaN)).rejects.toThrow('not an instant');
    expect(await left(vault)).toBe(1);
  });

  test('counts every bundle once', async () => {
    const vault = await withBundles(600);
    vault.advance(60);
    await sweep(depsOf(vault));
    expect(await left(vault)).toBe(0);
    expect(await tallyOf(vault)).toEqual({ swept: 600, erased: 0 });
    expect(vault.telemetry.total('BundlesSwept')).toBe(600);
  });

  test('by two sweepers at once counts every bundle once', async () => {
    const vault = await withBundles(300);
    vault.advance(60);
    await Promise.all([sweep(depsOf(vault)), sweep(depsOf(vault))]);
    expect(await tallyOf(vault)).toEqual({ swept: 300, erased: 0 });
    expect(await left(vault)).toBe(0);
  });

  test('ends when its time is up, and the next one carries on', async () => {
    const vault = await withBundles(1000);
    vault.advance(60);
    // Time flies: a hundred deletes take a third of the budget.
    let removed = 0;
    const slow: BundleReaper = {
      ...vault.ports.bundles,
      async remove(due) {
        removed += 1;
        if (removed % 100 === 0) vault.advance(Math.ceil(SWEEP_BUDGET_MS / 3000));
        return await vault.ports.bundles.remove(due);
      },
    };
    await sweep(depsOf(vault, slow));
    expect(await left(vault)).toBeGreaterThan(500);
    await sweep(depsOf(vault));
    expect(await left(vault)).toBe(0);
    expect(await tallyOf(vault)).toEqual({ swept: 1000, erased: 0 });
  });

  test('is not kept by one broken shard from the others, and says that it failed', async () => {
    const vault = await withBundles(200);
    vault.advance(60);
    const broken: BundleReaper = {
      ...vault.ports.bundles,
      async *due(shard, nowS) {
        if (shard === 3) throw new Error('throttled');
        yield* vault.ports.bundles.due(shard, nowS);
      },
    };
    await expect(sweep(depsOf(vault, broken))).rejects.toThrow('throttled');
    const still = await dueAt(vault.ports.bundles, vault.nowS(), [3]);
    expect(await left(vault)).toBe(still.length);
    expect(await tallyOf(vault)).toEqual({ swept: 200 - still.length, erased: 0 });
  });

  test('is not kept by one row that cannot be deleted from those behind it', async () => {
    const vault = await withBundles(100);
    vault.advance(60);
    const [stubborn] = await dueAt(vault.ports.bundles, vault.nowS());
    const broken: BundleReaper = {
      ...vault.ports.bundles,
      remove: async (due) =>
        due.row === stubborn?.row ? Promise.reject(new Error('throttled')) : vault.ports.bundles.remove(due),
    };
    await expect(sweep(depsOf(vault, broken))).rejects.toThrow('throttled');
    expect(await dueAt(vault.ports.bundles, vault.nowS())).toEqual([stubborn]);
  });

  test('is not kept by a store of blobs that does not answer from the bundles behind them', async () => {
    const vault = await memoryVault();
    const { slot } = present((await vault.ring()).slots[0]);
    const at = { slot, createdAtS: vault.nowS() };
    for (let made = 0; made < 2000; made += 1) {
      await vault.ports.bundles.insert(aBundle({ ...at, expiresAtS: vault.nowS() + 60, blobDays: 1 }));
    }
    for (let made = 0; made < 200; made += 1) {
      await vault.ports.bundles.insert(aBundle({ ...at, expiresAtS: vault.nowS() + 61 }));
    }
    vault.advance(61);
    // All that wait at the same time wait for six seconds.
    let asked = 0;
    const remove = async () => {
      asked += 1;
      if (asked % 128 === 0) vault.advance(6);
      throw new Error('timed out');
    };
    await expect(sweep({ ...depsOf(vault), blobs: { remove } })).rejects.toThrow('timed out');
    expect(await left(vault)).toBe(2000);
    await sweep(depsOf(vault));
    expect(await left(vault)).toBe(0);
  });

  test('deletes rows that it cannot read, counts them for the alarm and goes on', async () => {
    const vault = await withBundles(3);
    vault.advance(60);
    const junk = ['', '0#', 'x'].map((row): Due => ({ kind: 'unreadable', shard: 0, row, dueAtS: undefined }));
    const removed: string[] = [];
    const reaper = withRows(vault.ports.bundles, junk);
    const remove = async (due: Due) => {
      removed.push(due.row);
      return due.kind === 'unreadable' || (await reaper.remove(due));
    };
    await sweep(depsOf(vault, { ...reaper, remove }));
    expect(removed).toEqual(expect.arrayContaining(junk.map(({ row }) => row)));
    expect(await left(vault)).toBe(0);
    expect(vault.telemetry.total('UnreadableRows')).toBe(3);
    expect(vault.telemetry.total('BundlesSwept')).toBe(3);
    expect(vault.telemetry.total('SweeperLagSeconds')).toBe(0);
  });

  test('repeats an erasure before it deletes the note, and keeps the note of one that failed', async () => {
    const vault = await memoryVault();
    await vault.call('desk', 'erase', { subject: 'maya' });
    vault.advance(60);
    const failing = { ...vault.ports.bundles, repeatErasure: () => Promise.reject(new Error('throttled')) };
    await expect(sweep(depsOf(vault, failing))).rejects.toThrow('throttled');
    expect(await left(vault)).toBe(1);
    await sweep(depsOf(vault));
    expect(await left(vault)).toBe(0);
    expect(vault.telemetry.total('BundlesSwept')).toBe(0);
  });

  test('counts what a repeated erasure takes as erased', async () => {
    const vault = await memoryVault();
    const { slot } = present((await vault.ring()).slots[0]);
    await vault.call('desk', 'erase', { subject: 'maya' });
    vault.advance(60);
    await sweep(
      depsOf(vault, { ...vault.ports.bundles, repeatErasure: async () => [{ pool: 'own', slot, count: 2 }] }),
    );
    expect(await tallyOf(vault)).toEqual({ swept: 0, erased: 2 });
    expect(vault.telemetry.total('BundlesSwept')).toBe(2);
  });

  test('tells by how much it lags, by the oldest row of all shards', async () => {
    const vault = await withBundles(3);
    vault.advance(7);
    await vault.encrypt('web', { a: 1 }, { ttlSeconds: 60 });
    vault.advance(60 + 10);
    await sweep(depsOf(vault));
    expect(vault.telemetry.total('SweeperLagSeconds')).toBe(17);
    await sweep(depsOf(vault));
    expect(vault.telemetry.total('SweeperLagSeconds')).toBe(17);
  });

  test('tells no lag when it failed', async () => {
    const vault = await withBundles(1);
    vault.advance(60);
    const broken = { ...vault.ports.bundles, remove: () => Promise.reject(new Error('throttled')) };
    const counted: string[] = [];
    const telemetry = { ...vault.telemetry, count: (metric: string) => void counted.push(metric) };
    await expect(sweep({ ...depsOf(vault, broken), telemetry })).rejects.toThrow('throttled');
    expect(counted).toEqual([]);
  });
});

describe('the tallies of a sweep', () => {
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard);

  /** Sweeps bundles of so many slots, and what was added to the ledger. */
  async function added(slots: readonly number[], add?: () => Promise<void>) {
    const vault = await memoryVault();
    const rows = slots.map(
      (slot, at): Due => ({ kind: 'bundle', shard: 0, row: `${at}`, app: 'shop', pool: 'own', slot, dueAtS: 1 }),
    );
    const calls: unknown[][] = [];
    const ledger = {
      async add(...call: unknown[]) {
        calls.push(call);
        await add?.();
      },
    };
    const reaper = { ...withRows(vault.ports.bundles, rows), remove: async () => true };
    const notes: object[] = [];
    const note = (message: string, details = {}) => void notes.push({ message, ...details });
    const telemetry = { ...vault.telemetry, note };
    const outcome = await sweep({ ...depsOf(vault, reaper), ledger, telemetry }).catch((error: Error) => error.message);
    return { vault, calls, outcome, notes };
  }

  test('are written once for each slot', async () => {
    const { calls } = await added(shards.map((at) => (at % 2 ? 100 : 200)));
    expect(calls.toSorted()).toEqual([
      [{ app: 'shop' }, 100, { swept: 32, erased: 0 }],
      [{ app: 'shop' }, 200, { swept: 32, erased: 0 }],
    ]);
  });

  test('are written every few hundred bundles, so that a crash leaves few uncounted', async () => {
    const { calls } = await added(Array.from({ length: 2 * MAX_UNCOUNTED + 1 }, () => 100));
    expect(calls.map(([, , counts]) => counts)).toEqual(
      [MAX_UNCOUNTED, MAX_UNCOUNTED, 1].map((swept) => ({ swept, erased: 0 })),
    );
  });

  test('that cannot be written stop no deletion, are not tried again, and fail the run at its end', async () => {
    const fail = () => Promise.reject(new Error('throttled'));
    const { vault, calls, outcome, notes } = await added(
      Array.from({ length: MAX_UNCOUNTED + 1 }, () => 100),
      fail,
    );
    expect(outcome).toBe('throttled');
    expect(calls).toHaveLength(2);
    expect(vault.telemetry.total('BundlesSwept')).toBe(MAX_UNCOUNTED + 1);
    const message = 'the tally of a slot may be too low';
    expect(notes).toEqual(
      Array(2).fill({ message, holder: 'shop', slot: 100, cause: expect.stringMatching(/^Error/) }),
    );
  });
});
