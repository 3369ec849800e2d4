// Apps of the command line: beside those of the stack, with one owner each.

import { beforeEach, describe, expect, test } from 'vitest';
import { memoryParts, type Parts } from '../../../../../client/testing/parts.ts';
import { type AppRecord, newRecord, RETIRED } from '../../../../../vault/domain/app-record.ts';
import { LONGEST_RUN_S } from '../../../../../vault/domain/app-state.ts';
import { DEFAULT_LIFE } from '../../../../../vault/domain/kek-life/life.ts';
import type { AppSettings } from '../../../../../vault/domain/settings.ts';
import type { Target } from '../../../../../vault/domain/target.ts';
import type { AppRegister } from '../../../../../vault/ports/app-register.ts';
import { applySettings } from '../../../../../vault/usecases/apps/apply-settings.ts';
import { listApps, putApps, retireApps, showApp } from '../../../../../vault/usecases/apps/cli-apps.ts';
import { endRetired } from '../../../../../vault/usecases/apps/end-app.ts';
import { endVault } from '../../../../../vault/usecases/apps/end-vault.ts';
import { trustRole } from '../../../../../vault/usecases/apps/trust-role.ts';
import { SLOT_S, someSettings } from '../../../../support/virtual-vault.ts';

const clinic = { integrations: { web: { kind: 'messaging' } } };
const HOUR_S = 3600;
const VAULT = { life: DEFAULT_LIFE, keyPools: 4, deletionWindowDays: 7, allowShortCycles: false, hasConsole: false };

let parts: Parts;
let deployments = 0;
const deps = (register: AppRegister = parts.register) => ({
  ...parts.endDeps,
  register,
  rotate: parts.rotate,
  readTarget: (): Target => ({ apps: new Map(), retire: new Set(), vault: VAULT }),
  remainingMs: () => Number.POSITIVE_INFINITY,
});

async function deploy(apps: readonly AppSettings[], life = DEFAULT_LIFE, hasConsole = false): Promise<void> {
  deployments += 1;
  const { digest } = await parts.register.readVault();
  const vault = { ...VAULT, life, hasConsole };
  const target = { apps: new Map(apps.map((each) => [each.app, { ...each, life }])), retire: new Set<string>(), vault };
  const change = { target, text: `${deployments}`, digest: `${deployments}`, replaces: digest, resource: 'apps' };
  await applySettings(deps(), change, { id: `deployment-${deployments}` });
}

const recordOf = (app: string) => parts.keyRing.readRecord(app);

beforeEach(async () => {
  parts = memoryParts({ startsAtMs: SLOT_S * 1000 });
  await deploy([someSettings()]);
});

describe('putting apps', () => {
  test('sets them up with what the stack decides for all, and with their first keys', async () => {
    await deploy([someSettings()], { ...DEFAULT_LIFE, maxTtlS: 12 * HOUR_S });
    expect(await putApps(deps(), { clinic, lab: clinic })).toBe(true);
    const { settings, owner } = (await recordOf('clinic')) ?? {};
    expect(owner).toBe('cli');
    expect(settings).toMatchObject({ defaultTtlS: 12 * HOUR_S, life: { maxTtlS: 12 * HOUR_S }, state: 'live' });
    const [slot] = await parts.keyRing.slotsOf({ app: 'lab' });
    expect(slot?.state).toBe('ready');
  });

  test('again changes them, and keeps the generations of what stays', async () => {
    await putApps(deps(), { clinic });
    const before = await recordOf('clinic');
    await putApps(deps(), { clinic: { ...clinic, defaultTtl: '1h' } });
    expect(await recordOf('clinic')).toMatchObject({
      generations: before?.generations,
      settings: { defaultTtlS: HOUR_S },
    });
  });

  test('in a vault with a Console shows them to their viewers, and follows each change of them', async () => {
    await deploy([someSettings()], DEFAULT_LIFE, true);
    await putApps(deps(), { clinic: { ...clinic, console: { viewers: ['doctors', 'nurses'] } } });
    const own = { viewers: ['doctors', 'nurses'], showPlain: false, requireApproval: false };
    expect((await showApp(deps(), 'clinic'))?.settings?.console).toEqual(own);
    expect(await parts.viewers.appsOf('nurses', '', 10)).toEqual(['clinic']);
    await putApps(deps(), { clinic: { ...clinic, console: { viewers: ['doctors'], requireApproval: true } } });
    expect((await recordOf('clinic'))?.settings?.console).toMatchObject({
      viewers: ['doctors'],
      requireApproval: true,
    });
    expect(await parts.viewers.appsOf('nurses', '', 10)).toEqual([]);
    await retireApps(deps(), ['clinic']);
    expect(await parts.viewers.appsOf('doctors', '', 10)).toEqual([]);
    await putApps(deps(), { clinic });
    expect((await recordOf('clinic'))?.settings?.console).toBeUndefined();
  });

  test('survives a deployment that knows nothing of them', async () => {
    await putApps(deps(), { clinic });
    await deploy([someSettings({ defaultTtlS: 600 })]);
    expect((await recordOf('clinic'))?.settings?.state).toBe('live');
  });

  test.each<[string, unknown, string]>([
    ['of the stack', { shop: clinic }, 'apps.shop: the app shop belongs to the settings of the vault’s stack'],
    ['that are not valid', { clinic: { integrations: {}, keys: 'shared' } }, 'apps.clinic.keys: must be own or pooled'],
    [
      'of a Console that the vault does not have',
      { clinic: { ...clinic, console: { viewers: ['a'] } } },
      'apps.clinic.console: needs the setting console of the vault',
    ],
    ['that are none', { clinic: 5 }, 'apps.clinic: must be an object with integrations'],
  ])('%s is refused, and nothing is stored', async (_, apps, words) => {
    const message = `no app was set up:\n  ${words.replace('’', "'")}`;
    await expect(putApps(deps(), { ...(apps as object), other: clinic })).rejects.toThrow(message);
    expect(await recordOf('other')).toBeUndefined();
  });

  test('is refused when their keys do not fit the account beside the others', async () => {
    const many = Object.fromEntries(Array.from({ length: 9696 }, (_, number) => [`app-${number}`, clinic]));
    await expect(putApps(deps(), many)).rejects.toThrow(
      'no app was set up:\n  apps: 9697 apps with their own keys need',
    );
    expect(await recordOf('app-1')).toBeUndefined();
  });

  test('before the vault is deployed, or after its end, is refused', async () => {
    const empty = memoryParts({ startsAtMs: SLOT_S * 1000 });
    const nothing = { ...deps(), register: empty.register, keyRing: empty.keyRing };
    await expect(putApps(nothing, { clinic })).rejects.toMatchObject({
      code: 'not-found',
      message: 'the vault is not deployed: deploy its stack first',
    });
    await endVault(deps(), { resource: 'apps', digest: '1' }, { id: 'delete' });
    await expect(putApps(deps(), { clinic })).rejects.toThrow('the vault is not deployed');
  });

  test('while a deployment changes the life of keys follows it', async () => {
    const life = { ...DEFAULT_LIFE, maxTtlS: 12 * HOUR_S };
    let reads = 0;
    const register: AppRegister = {
      ...parts.register,
      readVault: async () => {
        reads += 1;
        // Between the first look at what all apps have in common and the last.
        if (reads === 2) await deploy([someSettings()], life);
        return await parts.register.readVault();
      },
    };
    expect(await putApps(deps(register), { clinic })).toBe(true);
    expect((await recordOf('clinic'))?.settings?.life).toEqual(life);
  });

  test('looks at what all apps have in common twice, and three times as often while it keeps changing', async () => {
    let reads = 0;
    let changes = 0;
    const register: AppRegister = {
      ...parts.register,
      readVault: async () => {
        reads += 1;
        const record = await parts.register.readVault();
        const vault = { ...VAULT, life: { ...DEFAULT_LIFE, maxTtlS: DEFAULT_LIFE.maxTtlS - reads * changes } };
        return { ...record, vault };
      },
    };
    expect(await putApps(deps(register), { clinic })).toBe(true);
    expect(reads).toBe(2);
    reads = 0;
    changes = 1;
    expect(await putApps(deps(register), { clinic })).toBe(true);
    expect(reads).toBe(6);
  });

  test('while the stack sets an app of that name up is refused', async () => {
    const register: AppRegister = { ...parts.register, records: () => recordsOf([]) };
    await expect(putApps(deps(register), { shop: clinic })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining("the app shop belongs to the settings of the vault's stack"),
    });
    expect(await recordOf('shop')).toMatchObject({ owner: 'stack', settings: { integrations: {} } });
  });

  test('counts the keys of all live apps, its own once', async () => {
    const others = Array.from({ length: 9693 }, (_, number) => someSettings({ app: `app-${number}` }));
    const records: AppRecord[] = [
      ...others.map((settings) => ({ ...newRecord(settings.app), settings })),
      { ...newRecord('old'), settings: someSettings({ app: 'old', state: 'retired' }) },
      newRecord('taken-back'),
    ];
    const full = (...more: AppRecord[]) => deps({ ...parts.register, records: () => recordsOf([...records, ...more]) });
    const live = { ...newRecord('x'), owner: 'cli' as const, settings: someSettings({ app: 'x' }) };
    const three = { x: clinic, y: clinic, z: clinic };
    await expect(putApps(full(live), { ...three, more: clinic })).rejects.toThrow('9697 apps with their own keys need');
    expect(await putApps(full(live), three)).toBe(true);
  });

  test('after the vault has ended meanwhile ends what it has just set up', async () => {
    let reads = 0;
    const register: AppRegister = {
      ...parts.register,
      readVault: async () => {
        reads += 1;
        const record = await parts.register.readVault();
        return reads === 1 ? record : { ...record, digest: RETIRED };
      },
    };
    await expect(putApps(deps(register), { clinic })).rejects.toMatchObject({ code: 'not-found' });
    expect(await recordOf('clinic')).toMatchObject({ settings: { state: 'gone' }, hasRemains: true });
  });

  test('while the vault ends leaves no live app', async () => {
    let reads = 0;
    const register: AppRegister = {
      ...parts.register,
      readVault: async () => {
        reads += 1;
        if (reads === 2) await endVault(deps(), { resource: 'apps', digest: '1' }, { id: 'delete' });
        return await parts.register.readVault();
      },
    };
    await expect(putApps(deps(register), { clinic })).rejects.toThrow('the vault is not deployed');
    expect((await recordOf('clinic'))?.settings?.state).toBe('gone');
  });
});

describe('retiring apps', () => {
  test('ends their trust at once and their keys an hour later, unless they are put again as they were', async () => {
    await putApps(deps(), { clinic, lab: clinic });
    const before = await recordOf('clinic');
    await retireApps(deps(), ['clinic', 'lab']);
    expect(await recordOf('clinic')).toMatchObject({ settings: { state: 'retired' }, generations: {} });
    await putApps(deps(), { clinic });
    parts.setTime(parts.clock() + HOUR_S * 1000);
    await endRetired(deps());
    expect(await recordOf('clinic')).toMatchObject({
      settings: { state: 'live' },
      generations: before?.generations,
    });
    expect((await recordOf('lab'))?.settings?.state).toBe('gone');
  });

  test.each([
    ['of the stack', 'shop', 'the app shop belongs to the settings'],
    ['that is not known', 'nobody', 'nobody: the vault has no such app'],
  ])('%s is refused, and ends none of them', async (_, app, words) => {
    await putApps(deps(), { clinic });
    await expect(retireApps(deps(), ['clinic', app])).rejects.toThrow(`no app was retired:\n  ${words}`);
    expect((await recordOf('clinic'))?.settings?.state).toBe('live');
  });

  test('makes room for an app of the stack with that name, once the hour is over', async () => {
    await putApps(deps(), { clinic });
    await retireApps(deps(), ['clinic']);
    const ours = someSettings({ app: 'clinic' });
    await expect(deploy([ours])).rejects.toThrow('belongs to the command line');
    parts.setTime(parts.clock() + HOUR_S * 1000);
    await expect(deploy([ours])).rejects.toThrow('the app clinic has retired and is being destroyed');
    await expect(putApps(deps(), { clinic })).rejects.toThrow(
      'no app was set up:\n  apps.clinic: the app clinic has retired and is being destroyed',
    );
    await endRetired(deps());
    parts.setTime(parts.clock() + LONGEST_RUN_S * 1000);
    await deploy([ours]);
    expect(await recordOf('clinic')).toMatchObject({ owner: 'stack', settings: { state: 'live' } });
  });
});

test('a list has every app, page by page, and one app is shown with its settings', async () => {
  await putApps(deps(), { clinic: { ...clinic, keys: 'pooled' } });
  await retireApps(deps(), ['clinic']);
  const { apps, next } = await listApps(deps());
  expect(next).toBeUndefined();
  expect(apps).toEqual([
    { app: 'shop', owner: 'stack', state: 'live', keys: 'own', integrations: [] },
    { app: 'clinic', owner: 'cli', state: 'retired', sinceS: SLOT_S, keys: expect.any(Number), integrations: ['web'] },
  ]);
  expect((await listApps(deps(), 'shop')).apps.map(({ app }) => app)).toEqual(['clinic']);
  expect(await showApp(deps(), 'shop')).toEqual({ ...apps[0], settings: someSettings(), addedRoles: [] });
  expect(await showApp(deps(), 'nobody')).toBeUndefined();
});

test('an app is shown with the roles that other stacks gave it', async () => {
  await putApps(deps(), { clinic });
  const role = '111122223333/desk';
  await trustRole(parts, 'clinic', { id: 'a-resource', integration: 'web', role }, 'a-request');
  expect((await showApp(deps(), 'clinic'))?.addedRoles).toEqual([{ integration: 'web', role }]);
});

test('an app whose settings cannot be read is listed as such; a name that was never set up is not', async () => {
  const unreadable = { ...newRecord('odd'), digest: 'of settings that cannot be read' };
  await parts.keyRing.storeRecord(unreadable, newRecord('odd'));
  await parts.keyRing.storeRecord(newRecord('taken-back'), newRecord('taken-back'));
  const odd = { app: 'odd', owner: 'stack', state: 'unreadable', keys: 'own', integrations: [] };
  expect((await listApps(deps(), 'shop')).apps).toEqual([odd]);
  expect(await showApp(deps(), 'odd')).toEqual({ ...odd, addedRoles: [] });
  expect(await showApp(deps(), 'taken-back')).toBeUndefined();
});

test('a page of a list has 1,000 apps, and names the one after which the next begins', async () => {
  const records = Array.from({ length: 1001 }, (_, number) => {
    const settings = someSettings({ app: `app-${number}` });
    return { ...newRecord(settings.app), settings };
  });
  const { apps, next } = await listApps(deps({ ...parts.register, records: () => recordsOf(records) }));
  expect([apps.length, next]).toEqual([1000, 'app-999']);
});

async function* recordsOf(records: readonly AppRecord[]): AsyncGenerator<AppRecord[]> {
  yield [...records];
}
