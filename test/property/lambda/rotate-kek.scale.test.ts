// One run of the rotator in a vault of 100,000 pooled apps and 10,000 with own keys reads what is due, and no more.

import { beforeAll, describe, expect, test } from 'vitest';
import { type AgedRing, agedRing, asStored } from '../../../bench/support/aged-ring.ts';
import { planKey } from '../../../lambda/dynamo/plan-row.ts';
import { DUE_AT_ONCE } from '../../../lambda/dynamo/plans.ts';
import { CHECK_EVERY_S, DUE_SHARDS } from '../../../vault/domain/kek-life/due.ts';
import type { KeyHolder } from '../../../vault/domain/kek-life/holder.ts';
import { DEFAULT_LIFE } from '../../../vault/domain/kek-life/life.ts';
import { tidyUp } from '../../../vault/usecases/keys/janitor.ts';
import { BUDGET_MS, rotate } from '../../../vault/usecases/keys/rotate.ts';

const OWN_APPS = 10_000;
const POOLED_APPS = 100_000;
const MB = 1024 * 1024;
/** The whole of it is some seconds of work. Elsewhere the machine may be busy. */
const PATIENCE_MS = 600_000;

let vault: AgedRing;
beforeAll(async () => {
  vault = await agedRing({ ownApps: OWN_APPS, pooledApps: POOLED_APPS });
}, PATIENCE_MS);

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

describe('a run of the rotator in a vault of 110,000 apps', () => {
  test(
    'reads what is due and one page more at most, in less than 256 MB',
    async () => {
      const due = vault.due();
      expect(sum(due)).toBeGreaterThan(OWN_APPS / 6);
      const { deps } = vault.rotator();
      global.gc?.();
      const before = process.memoryUsage().heapUsed;
      let most = 0;
      const { planned } = deps.keyRing;
      deps.keyRing.planned = async (holder) => {
        most = Math.max(most, process.memoryUsage().heapUsed);
        return await planned(holder);
      };
      await rotate(deps);
      const calls = vault.aws.take();
      const count = (operation: string) => calls.filter((call) => call.operation === operation).length;
      const pages = calls.filter(({ input }) => input.IndexName !== undefined);
      expect(pages.length).toBeLessThanOrEqual(sum(due.map((plans) => Math.floor(plans / DUE_AT_ONCE) + 1)));
      expect(count('DynamoDB.Scan')).toBe(0);
      // One read of each holder that is due; one more where its keys changed.
      const changed = count('DynamoDB.UpdateItem') - sum(due);
      expect(count('DynamoDB.Query') - pages.length - sum(due)).toBeLessThanOrEqual(changed);
      expect(sum(vault.due())).toBe(0);
      // The fake keeps every call, so this is more than a function takes.
      expect((most - before) / MB).toBeLessThan(256);
    },
    PATIENCE_MS,
  );

  test(
    'that is cut off leaves what waits shortest, and the next run begins there',
    async () => {
      vault.advance(CHECK_EVERY_S);
      const due = sum(vault.due());
      const first = vault.rotator((2 * BUDGET_MS) / due);
      await rotate(first.deps);
      const left = sum(vault.due());
      expect(left).toBeGreaterThan(due / 4);
      expect(left).toBeLessThan(due);
      expect(first.behindS()).toBeLessThanOrEqual(CHECK_EVERY_S);
      const next = vault.rotator();
      await rotate(next.deps);
      expect(sum(vault.due())).toBe(0);
      // No key was looked at twice.
      expect(new Set([...first.looks, ...next.looks]).size).toBe(first.looks.length + next.looks.length);
      vault.aws.take();
    },
    PATIENCE_MS,
  );

  test('finds no trace of apps that are not due', async () => {
    await rotate(vault.rotator().deps);
    expect(vault.aws.take().map(({ operation }) => operation)).toEqual(Array(DUE_SHARDS).fill('DynamoDB.Query'));
  });

  test(
    'gets lost plans back from a look through the ring, a megabyte at a time',
    async () => {
      const lost: KeyHolder[] = [{ app: 'own-7' }, { pool: 2 }];
      for (const holder of lost) vault.aws.table('ring').remove(asStored(planKey(holder)));
      const { deps } = vault.rotator();
      global.gc?.();
      const before = process.memoryUsage().heapUsed;
      await tidyUp(deps);
      const calls = vault.aws.take();
      const plans = calls.filter(({ operation }) => operation === 'DynamoDB.UpdateItem');
      expect(plans.map(({ input }) => input.Key.pk.S).toSorted()).toEqual(['slots#own-7', 'slots#pool#2']);
      for (const holder of lost) {
        expect(await deps.keyRing.planned(holder)).toMatchObject({ life: DEFAULT_LIFE, retired: false, dueAtS: 0 });
      }
      expect((process.memoryUsage().heapUsed - before) / MB).toBeLessThan(256);
    },
    PATIENCE_MS,
  );
});
