// Sweeping: all that has expired, nothing else, within a bound, whatever fails on the way.

import { describe, expect, test } from 'vitest';
import { type BundleReaper, SHARDS } from '../../../../vault/ports/bundle-store.ts';
import { SWEEP_BUDGET_MS, sweep } from '../../../../vault/usecases/sweep.ts';
import { present } from '../../../support/envelope.ts';
import { type MemoryVault, memoryVault } from '../../../support/memory-vault.ts';

const depsOf = ({ clock, ports, ledger, telemetry }: MemoryVault, reaper: BundleReaper = ports.bundles) => ({
  clock,
  ledger,
  telemetry,
  reaper,
  eraser: ports.bundles,
});

async function left(vault: MemoryVault): Promise<number> {
  const shards = Array.from({ length: SHARDS }, (_, shard) =>
    vault.ports.bundles.expired(shard, Number.MAX_SAFE_INTEGER, 10_000),
  );
  return (await Promise.all(shards)).flat().length;
}

async function withBundles(count: number, ttlSeconds = 60): Promise<MemoryVault> {
  const vault = await memoryVault();
  for (let made = 0; made < count; made += 1) await vault.encrypt('web', { a: made }, { ttlSeconds });
  return vault;
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

  test('goes through page after page and counts every bundle once', async () => {
    const vault = await withBundles(2500);
    vault.advance(60);
    await sweep(depsOf(vault));
    expect(await left(vault)).toBe(0);
    const [slot] = (await vault.ring()).slots;
    expect(await vault.ledger.tally(vault.app, present(slot).slot)).toEqual({ swept: 2500, erased: 0 });
    expect(vault.telemetry.total('BundlesSwept')).toBe(2500);
  });

  test('by two sweepers at once counts every bundle once', async () => {
    const vault = await withBundles(300);
    vault.advance(60);
    await Promise.all([sweep(depsOf(vault)), sweep(depsOf(vault))]);
    const [slot] = (await vault.ring()).slots;
    expect(await vault.ledger.tally(vault.app, present(slot).slot)).toEqual({ swept: 300, erased: 0 });
  });

  test('ends when its time is up, and the next one carries on', async () => {
    const vault = await withBundles(1800);
    vault.advance(60);
    // Time flies: each page takes a third of the budget.
    let pages = 0;
    const slow: BundleReaper = {
      ...vault.ports.bundles,
      expired: async (...asked) => {
        pages += 1;
        if (pages % SHARDS === 0) vault.advance(Math.ceil(SWEEP_BUDGET_MS / 3000));
        return await vault.ports.bundles.expired(...asked);
      },
    };
    const before = await left(vault);
    await sweep({ ...depsOf(vault, slow), clock: vault.clock });
    vault.advance(60);
    await sweep(depsOf(vault));
    expect([before, await left(vault)]).toEqual([1800, 0]);
  });

  test('is not kept by one broken shard from the others, and says that it failed', async () => {
    const vault = await withBundles(200);
    vault.advance(60);
    const broken: BundleReaper = {
      ...vault.ports.bundles,
      expired: (shard, ...rest) =>
        shard === 3 ? Promise.reject(new Error('throttled')) : vault.ports.bundles.expired(shard, ...rest),
    };
    await expect(sweep(depsOf(vault, broken))).rejects.toThrow('throttled');
    const still = await vault.ports.bundles.expired(3, vault.nowS(), 1000);
    expect(await left(vault)).toBe(still.length);
  });

  test('is not kept going by an index that still shows what is gone', async () => {
    const vault = await withBundles(150);
    vault.advance(60);
    const first = await Promise.all(
      Array.from({ length: SHARDS }, (_, shard) => vault.ports.bundles.expired(shard, vault.nowS(), 100)),
    );
    const [entry] = first.flat();
    // A full page of ghosts, again and again.
    const ghosts: BundleReaper = {
      ...vault.ports.bundles,
      expired: async () => Array.from({ length: 100 }, () => present(entry)),
    };
    await sweep(depsOf(vault, ghosts));
    expect(await left(vault)).toBe(149);
  });

  test('tells by how much it lags', async () => {
    const vault = await withBundles(3);
    vault.advance(60 + 17);
    await sweep(depsOf(vault));
    expect(vault.telemetry.total('SweeperLagSeconds')).toBe(17);
    await sweep(depsOf(vault));
    expect(vault.telemetry.total('SweeperLagSeconds')).toBe(17);
  });
});
