// An app comes with its first key, and goes with all of its keys.

import { describe, expect, test } from 'vitest';
import { documentDigest } from '../../../../../vault/domain/app-record.ts';
import type { KeyHolder } from '../../../../../vault/domain/kek-life/holder.ts';
import { DEFAULT_LIFE } from '../../../../../vault/domain/kek-life/life.ts';
import type { SlotDates } from '../../../../../vault/domain/kek-life/slot.ts';
import type { AppSettings } from '../../../../../vault/domain/settings.ts';
import { memoryKms } from '../../../../../vault/memory/kms.ts';
import type { Outcome } from '../../../../../vault/usecases/apps/trust-role.ts';
import { type AppChange, configureApp, retireApp, tryKeys } from '../../../../../vault/usecases/keys/configure-app.ts';
import { rotateOne } from '../../../../../vault/usecases/keys/rotate.ts';
import { type MemoryVault, memoryVault } from '../../../../support/memory-vault.ts';

const aSettings = (app: string): AppSettings => ({
  app,
  life: DEFAULT_LIFE,
  defaultTtlS: 3600,
  integrations: {},
  state: 'live',
});

describe('configuring an app', () => {
  test('stores its settings and returns once it can encrypt', async () => {
    const vault = await memoryVault();
    await configured(vault, 'bank');
    const ring = await vault.keyRing.read('bank');
    expect(ring?.settings).toEqual(aSettings('bank'));
    expect(ring?.slots.map(({ state }) => state)).toEqual(['ready']);
  });

  test('again changes its settings and makes no second key', async () => {
    const vault = await memoryVault();
    await configured(vault, 'bank');
    const made = vault.kms.calls.CreateKey;
    await configured(vault, 'bank', { settings: { ...aSettings('bank'), defaultTtlS: 600 } });
    expect((await vault.keyRing.read('bank'))?.settings.defaultTtlS).toBe(600);
    expect(vault.kms.calls.CreateKey).toBe(made);
  });

  test('brings a retired one back', async () => {
    const vault = await memoryVault();
    await retireApp({ ...vault.rotateDeps, keyMaker: vault.kms.keyMaker('retire') }, vault.app);
    await configureApp(
      { ...vault, rotate: () => vault.rotate(), wait: async () => vault.advance(3) },
      changeTo(vault.settings),
    );
    vault.advance(60);
    expect((await vault.call('web', 'encrypt', { fields: { a: 1 } })).status).toBe(200);
  });

  test('waits for a key that shows up late', async () => {
    const vault = await memoryVault();
    const late = memoryKms({ clock: vault.clock, visibleAfterMs: 10_000 });
    const canary = { passes: async () => await late.keyMaker('rotate').isHealthy(arn) };
    let arn = '';
    const keyMaker = {
      ...late.keyMaker('rotate'),
      create: async (holder: KeyHolder, dates: SlotDates) => {
        const made = await late.keyMaker('rotate').create(holder, dates);
        arn = made.arn;
        return made;
      },
    };
    const waits: number[] = [];
    const wait = async (ms: number) => {
      waits.push(ms);
      vault.advance(ms / 1000);
    };
    const rotate = (app: string) => rotateOne({ ...vault.rotateDeps, keyMaker, canary }, app);
    await configureApp({ ...vault, rotate, wait }, changeTo(aSettings('bank')));
    expect(waits).toEqual([3000, 3000, 3000, 3000]);
    expect(late.calls.CreateKey).toBe(1);
  });

  test('that never gets a key fails with the reason, rather than its first request', async () => {
    const vault = await memoryVault();
    const cause = new Error('LimitExceededException');
    let waitedMs = 0;
    const wait = async (ms: number) => {
      waitedMs += ms;
    };
    const failing = configureApp({ ...vault, rotate: () => Promise.reject(cause), wait }, changeTo(aSettings('bank')));
    await expect(failing).rejects.toMatchObject({ code: 'unavailable', cause });
    // A new key may take a minute to show up; the function that waits for it has ten.
    expect(waitedMs).toBeGreaterThanOrEqual(60_000);
    expect(waitedMs).toBeLessThan(600_000);
  });
});

describe('trying KMS out', () => {
  test('goes on while a new role has no rights yet', async () => {
    let refusals = 3;
    const probe = async () => {
      refusals -= 1;
      if (refusals >= 0) throw new Error('AccessDeniedException');
    };
    let waitedMs = 0;
    await tryKeys(probe, async (ms) => {
      waitedMs += ms;
    });
    expect(waitedMs).toBe(30_000);
  });

  test('fails with what KMS says, in the end', async () => {
    let tries = 0;
    const probe = () => {
      tries += 1;
      return Promise.reject(new Error('explicit deny in a service control policy'));
    };
    await expect(tryKeys(probe, async () => undefined)).rejects.toThrow('explicit deny in a service control policy');
    expect(tries).toBe(4);
  });
});

describe('a request that is known by its ID', () => {
  const without: AppSettings = aSettings('bank');
  const trusting: AppSettings = {
    ...without,
    integrations: { web: { kind: 'messaging', processSensitive: false, roles: [] } },
  };
  const update = (vault: MemoryVault, from: AppSettings, to: AppSettings, requestId: string) =>
    configureApp(
      { ...vault, rotate: (app) => rotateOne(vault.rotateDeps, app), wait: async () => undefined },
      { ...changeTo(to), replaces: changeTo(from).digest },
      requestId,
    );
  const stored = async (vault: MemoryVault) => (await vault.keyRing.read('bank'))?.settings;

  test('changes something once: replayed, it brings back no trust that ended since', async () => {
    const vault = await memoryVault();
    await configured(vault, 'bank', { requestId: 'create' });
    expect(await update(vault, without, trusting, 'on')).toBe('done');
    expect(await update(vault, trusting, without, 'off')).toBe('done');
    expect(await update(vault, without, trusting, 'on')).toBe('repeated');
    expect(await configured(vault, 'bank', { settings: trusting, requestId: 'create' })).toBe('repeated');
    expect(await stored(vault)).toEqual(without);
  });

  test('replayed after the app was set up again, does not end it', async () => {
    const vault = await memoryVault();
    const deps = { ...vault.rotateDeps, keyMaker: vault.kms.keyMaker('retire') };
    await configured(vault, 'bank', { requestId: 'create' });
    expect(await retireApp(deps, 'bank', { id: 'delete', digest: changeTo(without).digest })).toBe('done');
    await configured(vault, 'bank', { requestId: 'create again' });
    expect(await retireApp(deps, 'bank', { id: 'delete', digest: changeTo(without).digest })).toBe('repeated');
    expect(await stored(vault)).toEqual(without);
    expect((await vault.keyRing.read('bank'))?.slots.map(({ state }) => state)).toContain('ready');
  });

  test('is refused when other settings are stored than those it replaces', async () => {
    const vault = await memoryVault();
    await configured(vault, 'bank', { requestId: 'create' });
    const other = { ...without, defaultTtlS: 600 };
    await expect(update(vault, other, trusting, 'late')).rejects.toMatchObject({ code: 'conflict' });
    expect(await stored(vault)).toEqual(without);
  });

  test('is refused for an app that has retired', async () => {
    const vault = await memoryVault();
    await configured(vault, 'bank', { requestId: 'create' });
    await retireApp({ ...vault.rotateDeps, keyMaker: vault.kms.keyMaker('retire') }, 'bank', {
      id: 'delete',
      digest: changeTo(without).digest,
    });
    await expect(update(vault, without, trusting, 'late')).rejects.toMatchObject({ code: 'conflict' });
    expect(await stored(vault)).toMatchObject({ state: 'retired' });
  });

  test('is done without work when its settings are stored already', async () => {
    const vault = await memoryVault();
    await configured(vault, 'bank', { requestId: 'create' });
    const rotate = () => Promise.reject(new Error('asked to rotate'));
    const change = { ...changeTo(without), replaces: changeTo(trusting).digest };
    expect(await configureApp({ ...vault, rotate }, change, 'rollback')).toBe('done');
  });

  test('ends every earlier request that has stored nothing yet', async () => {
    const vault = await memoryVault();
    await configured(vault, 'bank', { requestId: 'create' });
    const slow = Promise.withResolvers<void>();
    let claims = 0;
    const storeRecord: typeof vault.keyRing.storeRecord = async (record, read) => {
      claims += 1;
      // The first store is the claim, the second one the settings.
      if (claims === 2) await slow.promise;
      return vault.keyRing.storeRecord(record, read);
    };
    const keyRing = { ...vault.keyRing, storeRecord };
    const late = update({ ...vault, keyRing }, without, trusting, 'slow');
    expect(await update(vault, trusting, without, 'rollback')).toBe('done');
    slow.resolve();
    await expect(late).rejects.toMatchObject({ code: 'conflict' });
    expect(await stored(vault)).toEqual(without);
  });

  test('of which one stops waiting for its key once the app retires', async () => {
    const vault = await memoryVault();
    const rotate = async () => {
      await retireApp({ ...vault.rotateDeps, keyMaker: vault.kms.keyMaker('retire') }, 'bank', {
        id: 'delete',
        digest: changeTo(without).digest,
      });
    };
    await expect(configureApp({ ...vault, rotate }, changeTo(without), 'create')).rejects.toMatchObject({
      code: 'conflict',
      message: 'the app was retired in the meantime',
    });
  });
});

describe('retiring an app', () => {
  test('schedules the deletion of every key it has, and forgets their salts', async () => {
    const vault = await memoryVault();
    vault.advance(vault.settings.life.cycleS - 2 * 3600);
    await vault.rotate();
    await retired(vault);
    const { settings, slots } = await vault.ring();
    expect(settings.state !== 'live').toBe(true);
    expect(slots.map(({ state, salt }) => [state, salt])).toEqual([
      ['destroyed', undefined],
      ['destroyed', undefined],
    ]);
    for (const { keyArn } of slots) expect(vault.kms.stateOf(keyArn ?? '')).toBe('PendingDeletion');
  });

  test('twice, or of an app that never was, is done already', async () => {
    const vault = await memoryVault();
    await retired(vault);
    await retired(vault);
    await retireApp({ ...vault.rotateDeps, keyMaker: vault.kms.keyMaker('retire') }, 'nobody');
  });

  test('whose key is gone from KMS goes on to the next', async () => {
    const vault = await memoryVault();
    const [slot] = (await vault.ring()).slots;
    await vault.kms.operate('ScheduleKeyDeletion', slot?.keyArn ?? '');
    await retired(vault);
    expect((await vault.ring()).slots[0]?.state).toBe('destroyed');
  });

  test('that is cut off leaves the rest to the next attempt', async () => {
    const vault = await memoryVault();
    const broken = { ...vault.kms.keyMaker('retire'), destroy: () => Promise.reject(new Error('throttled')) };
    const wait = async () => undefined;
    await expect(retireApp({ ...vault.rotateDeps, keyMaker: broken, wait }, vault.app)).rejects.toThrow(
      '1 keys could not be destroyed: throttled',
    );
    expect((await vault.ring()).settings.state !== 'live').toBe(true);
    await retired(vault);
    expect((await vault.ring()).slots[0]?.state).toBe('destroyed');
  });

  test('ends it: nothing is sealed, nothing opens, no key is made', async () => {
    const vault = await memoryVault();
    const { refs } = await vault.encrypt('web', { a: 1 });
    await retired(vault);
    const made = vault.kms.calls.CreateKey;
    await vault.rotate();
    vault.advance(60);
    expect((await vault.call('web', 'encrypt', { fields: { a: 1 } })).status).toBe(401);
    expect((await vault.call('web', 'decrypt', { refs })).status).toBe(401);
    expect(vault.kms.calls.CreateKey).toBe(made);
  });

  test('leaves the others as they are', async () => {
    const vault = await memoryVault();
    await vault.addApp('bank');
    await retired(vault);
    expect((await vault.keyRing.read('bank'))?.slots[0]?.state).toBe('ready');
  });
});

test('rotating an app that has no settings is refused', async () => {
  const vault = await memoryVault();
  await expect(rotateOne(vault.rotateDeps, 'nobody')).rejects.toMatchObject({ code: 'not-found' });
});

function configured(
  vault: MemoryVault,
  app: string,
  { settings = aSettings(app), requestId }: { settings?: AppSettings; requestId?: string } = {},
): Promise<Outcome> {
  const rotate = (name: string) => rotateOne(vault.rotateDeps, name);
  return configureApp({ ...vault, rotate, wait: async () => undefined }, changeTo(settings), requestId);
}

function changeTo(settings: AppSettings): AppChange {
  return { settings, digest: documentDigest(JSON.stringify(settings)) };
}

function retired(vault: MemoryVault): Promise<Outcome> {
  return retireApp({ ...vault.rotateDeps, keyMaker: vault.kms.keyMaker('retire') }, vault.app);
}
