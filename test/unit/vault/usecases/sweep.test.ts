// Sweeping: all that has expired, nothing else, within a bound, whatever fails on the way.

import { randomBytes } from 'node:crypto';
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

/** A vault that holds bundles of one slot, which expire in a minute. Their IDs begin with `start`, which chooses the shard. */
async function withBundles(count: number, start = ''): Promise<MemoryVault> {
  const vault = await memoryVault();
  const slot = present((await vault.ring()).slots[0]).slot;
  const times = { createdAtS: vault.nowS(), expiresAtS: vault.nowS() + 60 };
  const fields = new Map([[0, randomBytes(32)]]);
  for (let made = 0; made < count; made += 1) {
    const id = `${start}${randomBytes(15).toString('base64url')}`.slice(0, 20);
    await vault.ports.bundles.insert({ app: vault.app, slot, ...times, id, wrapped: randomBytes(180), fields });
  }
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
    const vault = await withBundles(450, 'AA');
    vault.advance(60);
    await sweep(depsOf(vault));
    expect(await left(vault)).toBe(0);
    const [slot] = (await vault.ring()).slots;
    expect(await vault.ledger.tally(vault.app, present(slot).slot)).toEqual({ swept: 450, erased: 0 });
    expect(vault.telemetry.total('BundlesSwept')).toBe(450);
  });

  test('by two sweepers at once counts every bundle once', async () => {
    const vault = await withBundles(300);
    vault.advance(60);
    await Promise.all([sweep(depsOf(vault)), sweep(depsOf(vault))]);
    const [slot] = (await vault.ring()).slots;
    expect(await vault.ledger.tally(vault.app, present(slot).slot)).toEqual({ swept: 300, erased: 0 });
  });

  test('ends when its time is up, and the next one carries on', async () => {
    const vault = await withBundles(450, 'AA');
    vault.advance(60);
    // Each page of the shard takes half of the budget.
    const slow: BundleReaper = {
      ...vault.ports.bundles,
      expired: async (shard, ...rest) => {
        const page = await vault.ports.bundles.expired(shard, ...rest);
        if (page.length > 0) vault.advance(SWEEP_BUDGET_MS / 2000);
        return page;
      },
    };
    await sweep({ ...depsOf(vault, slow), clock: vault.clock });
    expect(await left(vault)).toBe(250);
    await sweep(depsOf(vault));
    expect(await left(vault)).toBe(0);
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
