// Storing an app plans the keys that it asks for; a batch of apps plans those of a pool once.

import { beforeEach, describe, expect, test } from 'vitest';
import { memoryParts, type Parts } from '../../../../../client/testing/parts.ts';
import { type AppRecord, changeSettings, documentDigest, newRecord } from '../../../../../vault/domain/app-record.ts';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import { holderName } from '../../../../../vault/domain/kek-life/holder.ts';
import { DEFAULT_LIFE } from '../../../../../vault/domain/kek-life/life.ts';
import type { UpkeepChange } from '../../../../../vault/domain/kek-life/upkeep.ts';
import type { AppSettings } from '../../../../../vault/domain/settings.ts';
import type { Target } from '../../../../../vault/domain/target.ts';
import { AT_ONCE_S } from '../../../../../vault/ports/key-ring.ts';
import { applySettings } from '../../../../../vault/usecases/apps/apply-settings.ts';
import { putApps } from '../../../../../vault/usecases/apps/cli-apps.ts';
import { forOneBatch, inEpoch, type StoreDeps, storeApp } from '../../../../../vault/usecases/apps/store-app.ts';
import { someSettings } from '../../../../support/virtual-vault.ts';

let parts: Parts;
let keyRing: Parts['keyRing'];
/** The holders whose plans were written. */
let planned: string[];

beforeEach(() => {
  parts = memoryParts({ startsAtMs: Date.UTC(2026, 10, 26) });
  planned = [];
  keyRing = {
    ...parts.keyRing,
    async plan(change) {
      planned.push(holderName(change.holder));
      await parts.keyRing.plan(change);
    },
  };
});

const pooled = (app: string, pool: number) => someSettings({ app, keys: { pool } });

async function store(ring: StoreDeps['keyRing'], settings: AppSettings): Promise<void> {
  const digest = documentDigest(JSON.stringify(settings));
  await storeApp({ keyRing: ring }, settings.app, (record) =>
    changeSettings(record, { settings, digest }, 0, () => 'a-generation'),
  );
}

test('the keys of an app are planned after its settings are stored, and not again by a change that asks for no keys', async () => {
  const order: string[] = [];
  const { storeRecord, plan } = keyRing;
  keyRing.storeRecord = async (...args) => {
    order.push('stored');
    return await storeRecord(...args);
  };
  keyRing.plan = async (change) => {
    order.push('planned');
    await plan(change);
  };
  await store(keyRing, pooled('shop', 2));
  expect(order).toEqual(['stored', 'planned']);
  expect(await keyRing.planned({ pool: 2 })).toMatchObject({ dueAtS: AT_ONCE_S, retired: false });
  await storeApp({ keyRing }, 'shop', (record) => ({ ...record, hasRemains: true }));
  expect(order).toEqual(['stored', 'planned', 'stored']);
});

test('a record that was read a moment ago is read again only when another write came first', async () => {
  const known = await storeApp({ keyRing }, 'shop', (record) => ({ ...record, epoch: 1 }));
  let reads = 0;
  const counted = {
    ...keyRing,
    async readRecord(app: string) {
      reads += 1;
      return await keyRing.readRecord(app);
    },
  };
  const next = (record: AppRecord) => ({ ...record, epoch: record.epoch + 1 });
  expect(await storeApp({ keyRing: counted }, 'shop', next, known)).toMatchObject({ epoch: 2 });
  expect(reads).toBe(0);
  expect(await storeApp({ keyRing: counted }, 'shop', next, known)).toMatchObject({ epoch: 3 });
  expect(reads).toBe(1);
});

describe('a request of the stack', () => {
  const record = { ...newRecord('shop'), epoch: 5 };
  const same = (read: AppRecord) => read;
  const changed = (read: AppRecord) => ({ ...read, hasRemains: true });

  test('changes no record that a later one has stored', () => {
    expect(() => inEpoch(4, changed, true)(record)).toThrow(
      new DaykeyError('conflict', 'a later deployment came in between'),
    );
    expect(inEpoch(5, changed, false)(record)).toEqual({ ...record, hasRemains: true });
  });

  test('leaves its number in what it changes, and in every record when an earlier one may still be at work', () => {
    expect(inEpoch(6, changed, false)(record)).toEqual({ ...record, hasRemains: true, epoch: 6 });
    expect(inEpoch(6, same, false)(record)).toBe(record);
    expect(inEpoch(6, same, true)(record)).toEqual({ ...record, epoch: 6 });
  });
});

describe('a batch', () => {
  const { app: _, ...common } = someSettings({});
  const names = Array.from({ length: 60 }, (_each, number) => `app-${number}`);

  test('plans each pool once and each app with own keys once', async () => {
    const ring = forOneBatch(keyRing);
    const apps = [...names.map((app, number) => pooled(app, number % 3)), someSettings({ app: 'own' })];
    await Promise.all(apps.map((settings) => store(ring, settings)));
    expect(planned.toSorted()).toEqual(
      [{ app: 'own' }, { pool: 0 }, { pool: 1 }, { pool: 2 }].map(holderName).toSorted(),
    );
    for (const { app } of apps) expect((await keyRing.readRecord(app))?.settings?.state).toBe('live');
  });

  test('writes a plan again that asks for something else, in its order', async () => {
    const ring = forOneBatch(keyRing);
    const change = (retired: boolean): UpkeepChange => ({ holder: { pool: 1 }, life: DEFAULT_LIFE, retired });
    for (const retired of [false, true, true, false]) await ring.plan(change(retired));
    expect(planned).toHaveLength(3);
    expect(await keyRing.planned({ pool: 1 })).toMatchObject({ retired: false });
  });

  test('that the stack deploys writes the plan of a pool once, and one of the command line does too', async () => {
    const deps = {
      ...parts.endDeps,
      keyRing,
      register: parts.register,
      rotate: parts.rotate,
      readTarget: (): Target => target,
      remainingMs: () => Number.POSITIVE_INFINITY,
    };
    const target: Target = {
      apps: new Map(names.map((app) => [app, { ...common, app, keys: { pool: 0 } }])),
      retire: new Set(),
      vault: { life: DEFAULT_LIFE, keyPools: 1, deletionWindowDays: 7, allowShortCycles: false, hasConsole: false },
    };
    const change = { target, text: 'settings', digest: documentDigest('settings'), resource: 'apps' };
    expect(await applySettings(deps, change, { id: 'a-request' })).toBe('done');
    expect(planned).toEqual([holderName({ pool: 0 })]);

    const apps = Object.fromEntries(
      names.map((app) => [`cli-${app}`, { keys: 'pooled', integrations: { web: { kind: 'messaging' } } }]),
    );
    expect(await putApps(deps, apps)).toBe(true);
    expect(planned).toEqual([holderName({ pool: 0 }), holderName({ pool: 0 })]);
  });
});
