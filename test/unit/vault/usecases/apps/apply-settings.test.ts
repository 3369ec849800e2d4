// The settings of all apps in one request: what comes, changes, vanishes and retires, and what is refused before any change.

import { beforeEach, describe, expect, test } from 'vitest';
import { memoryParts, type Parts } from '../../../../../client/testing/parts.ts';
import { documentDigest, RETIRED } from '../../../../../vault/domain/app-record.ts';
import { LONGEST_RUN_S } from '../../../../../vault/domain/app-state.ts';
import { holderName } from '../../../../../vault/domain/kek-life/holder.ts';
import { DEFAULT_LIFE } from '../../../../../vault/domain/kek-life/life.ts';
import type { AppSettings, Integration } from '../../../../../vault/domain/settings.ts';
import type { Target } from '../../../../../vault/domain/target.ts';
import { type ApplyDeps, applySettings } from '../../../../../vault/usecases/apps/apply-settings.ts';
import { listApps, putApps, showApp } from '../../../../../vault/usecases/apps/cli-apps.ts';
import { endRetired } from '../../../../../vault/usecases/apps/end-app.ts';
import { endVault } from '../../../../../vault/usecases/apps/end-vault.ts';
import { RESERVED_MS } from '../../../../../vault/usecases/apps/first-keys.ts';
import { trustRole } from '../../../../../vault/usecases/apps/trust-role.ts';
import { SLOT_S, someSettings } from '../../../../support/virtual-vault.ts';

const web: Integration = { kind: 'messaging', processSensitive: false, roles: ['111122223333/web'] };
const shop = someSettings({ integrations: { web } });
const bank = someSettings({ app: 'bank', integrations: { web } });
const clinic = someSettings({ app: 'clinic' });
const HOUR_S = 3600;

interface Settings {
  readonly apps?: readonly AppSettings[];
  readonly retire?: readonly string[];
  readonly life?: Target['vault']['life'];
}

let parts: Parts;
let remainingMs = 0;
let requests = 0;
let deployed: Settings | undefined;

const textOf = (settings: Settings) => JSON.stringify(settings);
function targetOf({ apps = [], retire = [], life = DEFAULT_LIFE }: Settings): Target {
  return {
    apps: new Map(apps.map((settings) => [settings.app, { ...settings, life }])),
    retire: new Set(retire),
    vault: { life, keyPools: 4, deletionWindowDays: 7, allowShortCycles: false, hasConsole: false },
  };
}
const deps = () => ({
  ...parts.endDeps,
  register: parts.register,
  rotate: parts.rotate,
  readTarget: (text: string) => targetOf(JSON.parse(text)),
  remainingMs: () => remainingMs,
});
const request = (continues?: number) => {
  requests += 1;
  return { id: `request-${requests}`, continues };
};

/**
 * Deploys as CloudFormation does: the update says what it replaces.
 *
 * @param from `null` for a create.
 */
async function deploy(
  settings: Settings,
  from: Settings | null = deployed ?? null,
  resource = 'apps',
  continues?: number,
  more: Partial<ApplyDeps> = {},
) {
  const outcome = await applySettings(
    { ...deps(), ...more },
    {
      target: targetOf(settings),
      text: textOf(settings),
      digest: documentDigest(textOf(settings)),
      replaces: from === null ? undefined : documentDigest(textOf(from)),
      resource,
    },
    request(continues),
  );
  deployed = settings;
  return outcome;
}
const deleted = (resource = 'apps') =>
  endVault(deps(), { resource, digest: documentDigest(textOf(deployed ?? {})) }, request());
const stateOf = async (app: string) => (await parts.keyRing.readRecord(app))?.settings?.state;
const keyStates = async (app: string) =>
  (await parts.keyRing.slotsOf({ app })).map(({ keyArn }) => parts.kms.stateOf(keyArn ?? ''));
const advance = (seconds: number) => parts.setTime(parts.clock() + seconds * 1000);
const cliApp = { integrations: { web: { kind: 'messaging' } } };

beforeEach(() => {
  parts = memoryParts({ startsAtMs: SLOT_S * 1000 });
  remainingMs = Number.POSITIVE_INFINITY;
  deployed = undefined;
});

describe('settings that are applied', () => {
  test('set every app up with its first key', async () => {
    expect(await deploy({ apps: [shop, bank] })).toBe('done');
    expect((await parts.keyRing.read('bank'))?.settings).toEqual(bank);
    expect([await keyStates('shop'), await keyStates('bank')]).toEqual([['Enabled'], ['Enabled']]);
  });

  test('again change what differs, and leave the rest alone', async () => {
    await deploy({ apps: [shop, bank] });
    const before = await parts.keyRing.readRecord('bank');
    await deploy({ apps: [{ ...shop, defaultTtlS: 600 }, bank] });
    expect((await parts.keyRing.read('shop'))?.settings.defaultTtlS).toBe(600);
    expect(await parts.keyRing.readRecord('bank')).toEqual(before);
    expect(parts.kms.calls.CreateKey).toBe(2);
  });

  test('detach an app that vanished, which comes back as it was', async () => {
    await deploy({ apps: [shop, bank] });
    const { generations } = (await parts.keyRing.readRecord('shop')) ?? {};
    await deploy({ apps: [bank] });
    expect(await stateOf('shop')).toBe('detached');
    advance(24 * HOUR_S);
    await endRetired(deps());
    expect(await keyStates('shop')).toEqual(['Enabled']);
    expect(parts.telemetry.total('DetachedApps')).toBe(1);
    await deploy({ apps: [shop, bank] });
    expect(await parts.keyRing.readRecord('shop')).toMatchObject({ settings: shop, generations });
  });

  test('retire an app by its name: callers go at once, keys an hour later', async () => {
    await deploy({ apps: [shop, bank] });
    await deploy({ apps: [bank], retire: ['shop', 'never-was'] });
    expect(await stateOf('shop')).toBe('retired');
    expect(await stateOf('never-was')).toBeUndefined();
    advance(HOUR_S - 1);
    await endRetired(deps());
    expect(await keyStates('shop')).toEqual(['Enabled']);
    advance(1);
    await endRetired(deps());
    expect([await stateOf('shop'), await keyStates('shop')]).toEqual(['gone', ['PendingDeletion']]);
    expect(await parts.register.ending()).toEqual([]);
    expect(await keyStates('bank')).toEqual(['Enabled']);
  });

  test('take a retirement back within the hour', async () => {
    await deploy({ apps: [shop] });
    const { generations } = (await parts.keyRing.readRecord('shop')) ?? {};
    await deploy({ retire: ['shop'] });
    advance(HOUR_S - 1);
    await deploy({ apps: [shop] });
    advance(2);
    await endRetired(deps());
    expect(await parts.keyRing.readRecord('shop')).toMatchObject({ settings: shop, generations });
    expect(await keyStates('shop')).toEqual(['Enabled']);
  });

  test('set an app up again that is gone, as another one with other keys', async () => {
    await deploy({ apps: [shop] });
    const { generations } = (await parts.keyRing.readRecord('shop')) ?? {};
    await deploy({ retire: ['shop'] });
    advance(HOUR_S);
    await endRetired(deps());
    advance(LONGEST_RUN_S);
    await deploy({ apps: [shop] });
    expect((await parts.keyRing.readRecord('shop'))?.generations).not.toEqual(generations);
    expect((await keyStates('shop')).toSorted()).toEqual(['Enabled', 'PendingDeletion']);
  });

  test('set no app up while a second run may still destroy what its first one has left', async () => {
    await deploy({ apps: [shop] });
    await deploy({ retire: ['shop'] });
    advance(HOUR_S);
    const removed: string[] = [];
    const { promise: held, resolve: goOn } = Promise.withResolvers<void>();
    const slow = {
      ...deps(),
      async removeContent(app: string) {
        await held;
        removed.push(app);
      },
    };
    const late = endRetired(slow);
    await endRetired(deps());
    expect(await parts.keyRing.readRecord('shop')).toMatchObject({ settings: { state: 'gone' }, hasRemains: false });
    advance(LONGEST_RUN_S - 1);
    await expect(deploy({ apps: [shop] })).rejects.toThrow('the app shop has retired and is being destroyed');
    expect(removed).toEqual([]);
    goOn();
    await late;
    advance(1);
    await deploy({ apps: [shop] });
    await endRetired(slow);
    expect([removed, await stateOf('shop')]).toEqual([['shop'], 'live']);
  });

  test('change the life of keys of the apps of the command line too', async () => {
    await deploy({ apps: [shop] });
    await putApps(deps(), { clinic: cliApp });
    const life = { ...DEFAULT_LIFE, maxTtlS: 12 * HOUR_S };
    await deploy({ apps: [shop], life });
    expect((await parts.keyRing.readRecord('clinic'))?.settings).toMatchObject({ life, defaultTtlS: 12 * HOUR_S });
  });

  test('read the keys of those apps only that they change, and of none that they end', async () => {
    await deploy({ apps: [shop, bank] });
    const asked = new Set<string>();
    const slotsOf: Parts['keyRing']['slotsOf'] = async (holder) => {
      asked.add(holderName(holder));
      return await parts.keyRing.slotsOf(holder);
    };
    // By then no key of any app encrypts.
    advance(100 * HOUR_S);
    const keyRing = { ...parts.keyRing, slotsOf };
    await deploy({ apps: [bank], retire: ['shop'] }, deployed, 'apps', undefined, { keyRing });
    expect([...asked]).toEqual([]);
    await deploy({ apps: [bank, clinic], retire: ['shop'] }, deployed, 'apps', undefined, { keyRing });
    expect([...asked]).toEqual([holderName({ app: 'clinic' })]);
  });

  test('are created again by the resource that created them, whatever they are by then', async () => {
    await deploy({ apps: [shop] });
    expect(await deploy({ apps: [bank] }, null)).toBe('done');
    expect([await stateOf('shop'), await stateOf('bank')]).toEqual(['detached', 'live']);
  });

  test('are kept, the last three of them', async () => {
    for (const ttl of [600, 700, 800, 900]) await deploy({ apps: [{ ...shop, defaultTtlS: ttl }] });
    const kept = [600, 700, 800, 900].map((ttl) =>
      parts.register.findDocument(documentDigest(textOf({ apps: [{ ...shop, defaultTtlS: ttl }] }))),
    );
    expect((await Promise.all(kept)).map((text) => text !== undefined)).toEqual([false, true, true, true]);
  });

  test('go on in another invocation when the time is over, unless a later request came', async () => {
    remainingMs = 60_000;
    const settings = { apps: [shop, bank] };
    const version = await deploy(settings);
    expect(version).toBeTypeOf('number');
    expect(await keyStates('shop')).toEqual([]);
    remainingMs = Number.POSITIVE_INFINITY;
    expect(await deploy(settings, null, 'apps', version as number)).toBe('done');
    expect(await keyStates('shop')).toEqual(['Enabled']);
    await deploy({ apps: [shop] });
    expect(await deploy(settings, null, 'apps', version as number)).toBe('repeated');
  });
});

describe('a rollback', () => {
  const before = { apps: [shop] };
  const after = { apps: [shop, bank] };
  const rolledBack = { code: 'conflict', message: 'this change was rolled back: deploy again in two minutes' };

  test('of an update that never came changes nothing, and refuses it for two minutes', async () => {
    await deploy(before);
    const record = await parts.keyRing.readRecord('shop');
    expect(await deploy(before, after)).toBe('done');
    expect(await parts.keyRing.readRecord('shop')).toEqual(record);
    await expect(deploy(after, before)).rejects.toMatchObject(rolledBack);
    expect(await stateOf('bank')).toBeUndefined();
    advance(120);
    expect(await deploy(after, before)).toBe('done');
  });

  test('of an update refuses no other one', async () => {
    await deploy(before);
    await deploy(before, after);
    expect(await deploy({ apps: [{ ...shop, defaultTtlS: 600 }] }, before)).toBe('done');
  });

  test('of an update that was cut off stores every app again, so that what is still at work stores nothing', async () => {
    await deploy({ apps: [shop, clinic] });
    const { storeRecord } = parts.keyRing;
    const cutOff = {
      ...parts.keyRing,
      storeRecord: (...stored: Parameters<typeof storeRecord>) =>
        stored[0].app === 'bank' ? Promise.reject(new Error('cut off')) : storeRecord(...stored),
    };
    const update = { apps: [{ ...shop, defaultTtlS: 600 }, clinic, bank] };
    const from = { apps: [shop, clinic] };
    await expect(deploy(update, from, 'apps', undefined, { keyRing: cutOff })).rejects.toThrow('cut off');
    const { version, isApplied } = await parts.register.readVault();
    expect(isApplied).toBe(false);
    expect(await deploy(from, update)).toBe('done');
    for (const app of ['shop', 'clinic', 'bank']) {
      const record = await parts.keyRing.readRecord(app);
      expect([app, (record?.epoch ?? 0) > version]).toEqual([app, true]);
    }
    expect((await parts.keyRing.readRecord('shop'))?.settings).toEqual(shop);
    expect((await parts.keyRing.readRecord('bank'))?.settings).toBeUndefined();
    // No app was set up for it, so the command line shows none.
    expect(await showApp(deps(), 'bank')).toBeUndefined();
    expect((await listApps(deps())).apps.map(({ app }) => app)).toEqual(['shop', 'clinic']);
  });

  test('is not needed where the update comes once more after it was cut off', async () => {
    await deploy(before);
    const cutOff = { ...parts.keyRing, storeRecord: () => Promise.reject(new Error('cut off')) };
    await expect(deploy(after, before, 'apps', undefined, { keyRing: cutOff })).rejects.toThrow('cut off');
    expect(await deploy(after, before)).toBe('done');
    expect(await stateOf('bank')).toBe('live');
  });
});

describe('settings are refused before anything changes', () => {
  test('when an app belongs to the command line', async () => {
    await deploy({ apps: [bank] });
    await putApps(deps(), { shop: cliApp });
    await expect(deploy({ apps: [{ ...bank, defaultTtlS: 600 }, shop] })).rejects.toThrow(
      'apps.shop: the app shop belongs to the command line: retire it with `daykey app retire shop` first',
    );
    await expect(deploy({ apps: [bank], retire: ['shop'] })).rejects.toThrow('retire: the app shop belongs to');
    expect((await parts.keyRing.read('bank'))?.settings.defaultTtlS).toBe(3600);
    expect(await stateOf('shop')).toBe('live');
  });

  test('when they list a role that another stack gave to another integration', async () => {
    await deploy({
      apps: [{ ...shop, integrations: { web, desk: web } }].map((it) => ({
        ...it,
        integrations: { web, desk: { ...web, roles: [] } },
      })),
    });
    await trustRole(parts, 'shop', { id: 'one', integration: 'desk', role: '444455556666/app' }, 'trust');
    const wanting = { ...shop, integrations: { web: { ...web, roles: ['444455556666/app'] } } };
    await expect(deploy({ apps: [wanting] })).rejects.toThrow(
      'apps.shop.integrations.web.roleArns: lists the role 444455556666/app, which another stack gave to desk',
    );
  });

  test('when they replace others than those that are followed', async () => {
    await deploy({ apps: [shop] });
    await expect(deploy({ apps: [bank] }, { apps: [bank, shop] })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/^the apps follow other settings than those that this update replaces: see "/),
    });
    expect(await stateOf('shop')).toBe('live');
  });

  test('when another resource asks: its own deletion then ends nothing', async () => {
    await deploy({ apps: [shop] });
    const settings = deployed;
    const message = 'the apps of this vault belong to another resource: keep the logical ID of Custom::DaykeyApps';
    for (const [asked, from] of [
      [{ apps: [bank] }, null],
      [{ apps: [shop] }, null],
      [{ apps: [bank] }, settings],
    ] as const) {
      await expect(deploy(asked, from, 'another')).rejects.toMatchObject({ code: 'conflict', message });
    }
    deployed = settings;
    expect(await deleted('another')).toBe('done');
    expect(await stateOf('shop')).toBe('live');
  });

  test('when their keys do not fit the account, those of the command line counted', async () => {
    await deploy({ apps: [shop] });
    await putApps(deps(), { clinic: cliApp });
    const many = Array.from({ length: 9696 }, (_, number) => someSettings({ app: `app-${number}` }));
    await expect(deploy({ apps: many })).rejects.toThrow('9697 apps with their own keys need');
  });
});

describe('the end of the vault', () => {
  test('ends every app at once, those of the command line and their keys too', async () => {
    await deploy({ apps: [shop, bank] });
    await putApps(deps(), { clinic: cliApp });
    await deploy({ apps: [shop], retire: ['bank'] });
    expect(await deleted()).toBe('done');
    for (const app of ['shop', 'bank', 'clinic']) {
      expect([app, await stateOf(app), await keyStates(app)]).toEqual([app, 'gone', ['PendingDeletion']]);
    }
    await expect(putApps(deps(), { clinic: cliApp })).rejects.toThrow('the vault is not deployed');
  });

  test('refuses the create that it takes back, should that still come', async () => {
    deployed = { apps: [shop] };
    expect(await deleted()).toBe('done');
    const message = 'this change was rolled back: deploy again in two minutes';
    await expect(deploy({ apps: [shop] }, null)).rejects.toMatchObject({ code: 'conflict', message });
    advance(120);
    expect(await deploy({ apps: [shop] }, null)).toBe('done');
  });

  test('goes on in another invocation when the time is over', async () => {
    await deploy({ apps: [shop, bank] });
    remainingMs = 60_000;
    const version = await deleted();
    expect(version).toBeTypeOf('number');
    expect([await stateOf('shop'), await keyStates('shop')]).toEqual(['gone', ['Enabled']]);
    remainingMs = Number.POSITIVE_INFINITY;
    const going = { id: 'going on', continues: version as number };
    expect(await endVault(deps(), { resource: 'apps', digest: '' }, going)).toBe('done');
    expect([await keyStates('shop'), await keyStates('bank')]).toEqual([['PendingDeletion'], ['PendingDeletion']]);
  });

  test('takes an invocation with just the time that it needs, and one that goes on without it changes nothing', async () => {
    await deploy({ apps: [shop] });
    remainingMs = RESERVED_MS - 1;
    const version = await deleted();
    const before = await parts.register.readVault();
    const going = { id: 'going on', continues: version as number };
    expect(await endVault(deps(), { resource: 'apps', digest: '' }, going)).toBe(version);
    expect(await parts.register.readVault()).toEqual(before);
    remainingMs = RESERVED_MS;
    expect(await endVault(deps(), { resource: 'apps', digest: '' }, going)).toBe('done');
  });

  test('is asked for once: the same request again does nothing', async () => {
    await deploy({ apps: [shop] });
    const asked = { id: 'delete', continues: undefined };
    expect(await endVault(deps(), { resource: 'apps', digest: '' }, asked)).toBe('done');
    expect(await endVault(deps(), { resource: 'apps', digest: '' }, asked)).toBe('repeated');
  });

  test('destroys the keys of every pool that an app uses or has used', async () => {
    const pooled = someSettings({ app: 'pooled', keys: { pool: 1 } });
    const moved = someSettings({ app: 'moved', keys: { pool: 2 } });
    await deploy({ apps: [pooled, moved, shop] });
    const { keys: _, ...own } = moved;
    await deploy({ apps: [pooled, own, { ...shop, keys: { pool: 3 } }] });
    await deleted();
    for (const holder of [{ pool: 1 }, { pool: 2 }, { pool: 3 }, { app: 'moved' }, { app: 'shop' }]) {
      const states = (await parts.keyRing.slotsOf(holder)).map(({ keyArn }) => parts.kms.stateOf(keyArn ?? ''));
      expect([holder, states]).toEqual([holder, ['PendingDeletion']]);
    }
  });

  test('keeps what the apps shared and the settings that are kept already, and no settings for itself', async () => {
    await deploy({ apps: [shop] });
    const { vault, documents } = await parts.register.readVault();
    await deleted();
    expect(await parts.register.readVault()).toMatchObject({ vault, documents, digest: RETIRED, isApplied: true });
  });

  test('withdraws nothing that was deployed: the same settings may come back at once', async () => {
    await deploy({});
    await deleted();
    expect(await deploy({}, null)).toBe('done');
  });

  test('that comes once more refuses the create that it takes back', async () => {
    await deploy({});
    await deleted();
    await deleted();
    await expect(deploy({}, null)).rejects.toMatchObject({ code: 'conflict' });
  });
});
