// What every register of apps does, whatever is behind it: it follows the records that the key ring stores.

import { randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { newRecord } from '../../../vault/domain/app-record.ts';
import { detachRecord, endRecord, retireRecord } from '../../../vault/domain/app-state.ts';
import { DEFAULT_LIFE } from '../../../vault/domain/kek-life/life.ts';
import { newVaultRecord } from '../../../vault/domain/vault-record.ts';
import type { AppRegister } from '../../../vault/ports/app-register.ts';
import type { KeyRingWriter } from '../../../vault/ports/key-ring.ts';
import { collected } from '../simulation-network.ts';
import { storeSettings } from '../store-settings.ts';

/** A register under test, and the ring that it follows. */
export interface RegisteredApps {
  readonly ring: KeyRingWriter;
  readonly register: AppRegister;
}

/** Registers the contract's tests. `make` is called once; the tests share one vault. */
export function appRegisterContract(name: string, make: () => Promise<RegisteredApps>): void {
  describe(`${name} as a register of apps`, () => {
    let vault: RegisteredApps;
    beforeAll(async () => {
      vault = await make();
    });

    const anApp = async () => {
      const app = `app-${randomUUID()}`;
      const roles = [`111122223333/${app.slice(0, 40)}`];
      const integrations = { web: { kind: 'messaging', processSensitive: false, roles } } as const;
      await storeSettings(vault.ring, { app, life: DEFAULT_LIFE, defaultTtlS: 3600, integrations, state: 'live' });
      return app;
    };
    const recordOf = async (app: string) => (await vault.ring.readRecord(app)) ?? newRecord(app);
    const changed = async (app: string, change: (record: ReturnType<typeof newRecord>) => typeof record) => {
      const read = await recordOf(app);
      await vault.ring.storeRecord(change(read), read);
    };
    const everyRecord = async (after?: string) => (await collected(vault.register.records(after))).flat();

    test('has the record of every app, as the ring has it, and of nothing else', async () => {
      const apps = [await anApp(), await anApp()];
      const records = await everyRecord();
      for (const app of apps) {
        expect(records.filter((record) => record.app === app)).toEqual([await recordOf(app)]);
      }
      expect(records.filter(({ app }) => app.includes('#'))).toEqual([]);
    });

    test('goes on behind an app, and loses none', async () => {
      await anApp();
      await anApp();
      const apps = (await everyRecord()).map(({ app }) => app);
      const rest = (await everyRecord(apps[0])).map(({ app }) => app);
      expect(rest).toEqual(apps.slice(1));
    });

    test('names the apps that are detached, retired, or gone with something left, and no longer when that ends', async () => {
      const [live, detached, retired, gone] = [await anApp(), await anApp(), await anApp(), await anApp()];
      await changed(detached, (record) => detachRecord(record, 100));
      await changed(retired, (record) => retireRecord(record, 100));
      await changed(gone, (record) => endRecord(record, 100));
      const ending = await vault.register.ending();
      expect(ending).toEqual(expect.arrayContaining([detached, retired, gone]));
      expect(ending).not.toContain(live);
      await changed(gone, (record) => ({ ...record, hasRemains: false }));
      await changed(detached, (record) => endRecord(record, 200));
      const { settings } = await recordOf(live);
      await changed(retired, (record) => ({ ...record, settings: settings && { ...settings, app: retired } }));
      const later = await vault.register.ending();
      expect(later).toContain(detached);
      for (const app of [gone, retired]) expect(later).not.toContain(app);
    });

    test('has an empty record of the vault before the first, and then the one that was stored last', async () => {
      const empty = await vault.register.readVault();
      expect(empty).toEqual(newVaultRecord());
      const vaultWide = {
        life: DEFAULT_LIFE,
        keyPools: 4,
        deletionWindowDays: 7,
        allowShortCycles: false,
        hasConsole: false,
      };
      const stored = await vault.register.storeVault(
        {
          ...empty,
          requests: ['one'],
          digest: 'd',
          resource: 'r',
          isApplied: false,
          documents: ['d'],
          vault: vaultWide,
        },
        empty,
      );
      expect(stored.version).toBe(1);
      expect(await vault.register.readVault()).toEqual(stored);
      const next = await vault.register.storeVault({ ...stored, isApplied: true }, stored);
      expect(await vault.register.readVault()).toEqual(next);
      const late = vault.register.storeVault({ ...stored, digest: 'late' }, stored);
      await expect(late).rejects.toMatchObject({ code: 'conflict' });
      expect(await vault.register.readVault()).toEqual(next);
    });

    test('stores one of many records of the vault that replace the same one at once', async () => {
      const read = await vault.register.readVault();
      const writes = Array.from({ length: 12 }, (_, number) =>
        vault.register.storeVault({ ...read, requests: [`request-${number}`] }, read),
      );
      const outcomes = await Promise.allSettled(writes);
      const stored = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      expect(stored).toEqual([await vault.register.readVault()]);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' });
      }
    });

    test('keeps settings of any size under their digest, until they are dropped', async () => {
      const [small, large] = ['{"apps":{}}', randomBytes(400_000).toString('base64')];
      await vault.register.keepDocument('small', small);
      await vault.register.keepDocument('large', large);
      await vault.register.keepDocument('large', large);
      expect(await vault.register.findDocument('small')).toBe(small);
      expect((await vault.register.findDocument('large')) === large).toBe(true);
      await vault.register.dropDocument('large');
      await vault.register.dropDocument('large');
      expect(await vault.register.findDocument('large')).toBeUndefined();
      expect(await vault.register.findDocument('never')).toBeUndefined();
    });
  });
}
