// One app of a vault in memory: it comes with its first key, and goes with all of its keys.

import { describe, expect, test } from 'vitest';
import { DEFAULT_LIFE } from '../../../../../vault/domain/kek-life/life.ts';
import type { SlotDates } from '../../../../../vault/domain/kek-life/slot.ts';
import type { AppSettings } from '../../../../../vault/domain/settings.ts';
import { memoryKms } from '../../../../../vault/memory/kms.ts';
import { endAppAtOnce, setUpApp } from '../../../../../vault/usecases/apps/one-app.ts';
import { rotateOne } from '../../../../../vault/usecases/keys/rotate.ts';
import { type MemoryVault, memoryVault } from '../../../../support/memory-vault.ts';

const bank: AppSettings = { app: 'bank', life: DEFAULT_LIFE, defaultTtlS: 3600, integrations: {}, state: 'live' };
const setUp = (vault: MemoryVault, settings = bank) =>
  setUpApp({ ...vault, rotate: (app) => rotateOne(vault.rotateDeps, app), wait: async () => undefined }, settings);
const ended = (vault: MemoryVault) => endAppAtOnce({ ...vault.endDeps, wait: async () => undefined }, vault.app);

describe('an app that is set up', () => {
  test('is stored, and can encrypt', async () => {
    const vault = await memoryVault();
    await setUp(vault);
    const ring = await vault.keyRing.read('bank');
    expect(ring?.settings).toEqual(bank);
    expect(ring?.slots.map(({ state }) => state)).toEqual(['ready']);
  });

  test('again changes its settings and makes no second key', async () => {
    const vault = await memoryVault();
    await setUp(vault);
    const made = vault.kms.calls.CreateKey;
    await setUp(vault, { ...bank, defaultTtlS: 600 });
    expect((await vault.keyRing.read('bank'))?.settings.defaultTtlS).toBe(600);
    expect(vault.kms.calls.CreateKey).toBe(made);
  });

  test('comes back after its end, with other keys', async () => {
    const vault = await memoryVault();
    await ended(vault);
    await setUp(vault, vault.settings);
    vault.advance(60);
    expect((await vault.call('web', 'encrypt', { fields: { a: 1 } })).status).toBe(200);
  });

  test('waits for a key that shows up late', async () => {
    const vault = await memoryVault();
    const late = memoryKms({ clock: vault.clock, visibleAfterMs: 10_000 });
    let arn = '';
    const canary = { passes: async () => await late.keyMaker('rotate').isHealthy(arn) };
    const keyMaker = {
      ...late.keyMaker('rotate'),
      create: async (holder: { readonly app: string } | { readonly pool: number }, dates: SlotDates) => {
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
    await setUpApp({ ...vault, rotate, wait }, bank);
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
    const failing = setUpApp({ ...vault, rotate: () => Promise.reject(cause), wait }, bank);
    await expect(failing).rejects.toMatchObject({
      code: 'unavailable',
      cause,
      message: expect.stringContaining('the first app KEK of bank did not get ready: LimitExceededException'),
    });
    // A new key may take a minute to show up; the function that waits for it has ten.
    expect(waitedMs).toBeGreaterThanOrEqual(60_000);
    expect(waitedMs).toBeLessThan(600_000);
  });

  test('and ends while it waits for its key waits no longer', async () => {
    const vault = await memoryVault();
    const rotate = () => endAppAtOnce({ ...vault.endDeps, wait: async () => undefined }, 'bank');
    await expect(setUpApp({ ...vault, rotate }, bank)).rejects.toMatchObject({
      code: 'conflict',
      message: 'the app bank was ended in the meantime',
    });
  });
});

describe('an app that ends', () => {
  test('has every key scheduled for deletion, and no salt any more', async () => {
    const vault = await memoryVault();
    vault.advance(vault.settings.life.cycleS - 2 * 3600);
    await vault.rotate();
    await ended(vault);
    const { settings, slots } = await vault.ring();
    expect(settings.state).toBe('gone');
    expect(slots.map(({ state, salt }) => [state, salt])).toEqual([
      ['destroyed', undefined],
      ['destroyed', undefined],
    ]);
    for (const { keyArn } of slots) expect(vault.kms.stateOf(keyArn ?? '')).toBe('PendingDeletion');
  });

  test('twice is done already', async () => {
    const vault = await memoryVault();
    await ended(vault);
    await ended(vault);
    expect(await vault.register.ending()).toEqual([]);
  });

  test('whose key is gone from KMS goes on to the next', async () => {
    const vault = await memoryVault();
    const [slot] = (await vault.ring()).slots;
    await vault.kms.operate('ScheduleKeyDeletion', slot?.keyArn ?? '');
    await ended(vault);
    expect((await vault.ring()).slots[0]?.state).toBe('destroyed');
  });

  test('and is cut off leaves the rest to the next attempt', async () => {
    const vault = await memoryVault();
    const broken = { ...vault.kms.keyMaker('retire'), destroy: () => Promise.reject(new Error('throttled')) };
    const failing = endAppAtOnce({ ...vault.endDeps, keyMaker: broken, wait: async () => undefined }, vault.app);
    await expect(failing).rejects.toThrow('1 keys could not be destroyed: throttled');
    expect((await vault.ring()).settings.state).toBe('gone');
    expect(await vault.register.ending()).toEqual([vault.app]);
    await ended(vault);
    expect((await vault.ring()).slots[0]?.state).toBe('destroyed');
  });

  test('seals nothing and opens nothing, and no key is made for it', async () => {
    const vault = await memoryVault();
    const { refs } = await vault.encrypt('web', { a: 1 });
    await ended(vault);
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
    await ended(vault);
    expect((await vault.keyRing.read('bank'))?.slots[0]?.state).toBe('ready');
  });
});
