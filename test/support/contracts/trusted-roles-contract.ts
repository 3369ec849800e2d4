// What every index of trusted roles does, whatever is behind it: it follows the settings that the key ring stores.

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { newRecord } from '../../../vault/domain/app-record.ts';
import { DEFAULT_LIFE } from '../../../vault/domain/kek-life/life.ts';
import type { AppSettings } from '../../../vault/domain/settings.ts';
import { follow } from '../../../vault/domain/target.ts';
import type { KeyRingWriter } from '../../../vault/ports/key-ring.ts';
import type { TrustedRoles } from '../../../vault/ports/trusted-roles.ts';
import { storeApp } from '../../../vault/usecases/apps/store-app.ts';
import { storeSettings } from '../store-settings.ts';

/** An index under test, and the ring that it follows. */
export interface IndexedRoles {
  readonly ring: KeyRingWriter;
  readonly roles: TrustedRoles;
}

/** Registers the contract's tests. `make` is called once; every test uses its own apps and roles. */
export function trustedRolesContract(name: string, make: () => Promise<IndexedRoles>): void {
  describe(`${name} as an index of trusted roles`, () => {
    let index: IndexedRoles;
    beforeAll(async () => {
      index = await make();
    });

    const aRole = () => `111122223333/role-${randomUUID()}`;
    /** Sets up an app, a new one by default, with integrations that trust these roles. */
    const configured = async (
      trust: Record<string, readonly string[]>,
      { app = `app-${randomUUID()}`, state = 'live' as AppSettings['state'] } = {},
    ): Promise<string> => {
      const kind = 'messaging';
      const entries = Object.entries(trust).map(([integration, roles]) => [
        integration,
        { kind, processSensitive: false, roles } as const,
      ]);
      const integrations: AppSettings['integrations'] = Object.fromEntries(entries);
      await storeSettings(index.ring, { app, life: DEFAULT_LIFE, defaultTtlS: 3600, integrations, state });
      return app;
    };

    test('knows nothing of a role that no app trusts', async () => {
      expect(await index.roles.find(aRole())).toEqual([]);
    });

    test('finds each role of an app with its integration', async () => {
      const [one, two, three] = [aRole(), aRole(), aRole()];
      const app = await configured({ web: [one, two], desk: [three] });
      expect(await index.roles.find(one)).toEqual([{ app, integration: 'web', generation: expect.any(String) }]);
      expect(await index.roles.find(two)).toEqual([{ app, integration: 'web', generation: expect.any(String) }]);
      expect(await index.roles.find(three)).toEqual([{ app, integration: 'desk', generation: expect.any(String) }]);
    });

    test('finds a role in every app that trusts it', async () => {
      const role = aRole();
      const apps = [await configured({ web: [role] }), await configured({ desk: [role] })];
      const found = await index.roles.find(role);
      expect(found.map(({ app }) => app).toSorted()).toEqual(apps.toSorted());
    });

    test('follows a role to another integration', async () => {
      const role = aRole();
      const app = await configured({ web: [role], desk: [] });
      await configured({ web: [], desk: [role] }, { app });
      expect(await index.roles.find(role)).toEqual([{ app, integration: 'desk', generation: expect.any(String) }]);
    });

    test('finds a role with the generation that is stored when many set up one app at once', async () => {
      const [role, app] = [aRole(), `app-${randomUUID()}`];
      const web = { kind: 'messaging', processSensitive: false, roles: [role] } as const;
      const settings = { app, life: DEFAULT_LIFE, defaultTtlS: 3600, integrations: { web }, state: 'live' } as const;
      const setUp = () =>
        storeApp({ keyRing: index.ring }, app, (record) => follow(record, settings, 'cli', 0, randomUUID));
      await Promise.all(Array.from({ length: 12 }, setUp));
      const { web: generation } = (await index.ring.readRecord(app))?.generations ?? {};
      expect(await index.roles.find(role)).toEqual([{ app, integration: 'web', generation }]);
    });

    test('finds every role that is added at once, and none of those that are removed then', async () => {
      const [removed, added] = [
        [aRole(), aRole(), aRole(), aRole()],
        [aRole(), aRole(), aRole(), aRole()],
      ];
      const app = await configured({ web: removed });
      const change = (alter: (roles: readonly string[]) => readonly string[]) =>
        storeApp({ keyRing: index.ring }, app, (record) => {
          const { settings } = record;
          const web = settings?.integrations.web;
          if (settings === undefined || web === undefined) throw new Error('the app is not set up');
          return { ...record, settings: { ...settings, integrations: { web: { ...web, roles: alter(web.roles) } } } };
        });
      await Promise.all([
        ...added.map((role) => change((roles) => [...roles, role])),
        ...removed.map((role) => change((roles) => roles.filter((each) => each !== role))),
      ]);
      const found = await Promise.all([...added, ...removed].map((role) => index.roles.find(role)));
      expect(found.map((grants) => grants.length)).toEqual([...added.map(() => 1), ...removed.map(() => 0)]);
    });

    test('loses a role that is no longer trusted, and keeps the others', async () => {
      const [gone, kept] = [aRole(), aRole()];
      const other = await configured({ web: [gone] });
      const app = await configured({ web: [gone, kept] });
      await configured({ web: [kept] }, { app });
      expect((await index.roles.find(gone)).map(({ app }) => app)).toEqual([other]);
      expect(await index.roles.find(kept)).toHaveLength(1);
    });

    test('loses every role of an app that is retired, and finds them again when it comes back', async () => {
      const role = aRole();
      const app = await configured({ web: [role] });
      await configured({ web: [role] }, { app, state: 'retired' });
      expect(await index.roles.find(role)).toEqual([]);
      await configured({ web: [role] }, { app });
      expect(await index.roles.find(role)).toHaveLength(1);
    });

    test('follows roles that other stacks added, beside those of the settings', async () => {
      const [listed, role] = [aRole(), aRole()];
      const app = await configured({ web: [listed] });
      const read = (await index.ring.readRecord(app)) ?? newRecord(app);
      const added = await index.ring.storeRecord(
        { ...read, addedRoles: [{ id: 'one', integration: 'web', role }] },
        read,
      );
      expect(await index.roles.find(role)).toEqual([{ app, integration: 'web', generation: read.generations.web }]);
      expect((await index.ring.read(app))?.settings.integrations.web?.roles).toEqual([listed, role]);
      await index.ring.storeRecord({ ...added, addedRoles: [] }, added);
      expect(await index.roles.find(role)).toEqual([]);
      expect(await index.roles.find(listed)).toHaveLength(1);
    });

    test('distinguishes roles that differ in one letter', async () => {
      const role = aRole();
      await configured({ web: [role] });
      for (const other of [role.toUpperCase(), `${role}x`, role.slice(0, -1), role.replace(/^1/, '2')]) {
        expect(await index.roles.find(other)).toEqual([]);
      }
    });

    test('does not appear as apps in the ring', async () => {
      const role = aRole();
      // Rows of other kinds use these names as keys.
      const apps = [
        await configured({ web: [role] }, { app: 'settings' }),
        await configured({ web: [role] }, { app: 'token' }),
      ];
      const seen: string[] = [];
      for await (const page of index.ring.rows()) {
        for (const row of page) if (row.kind === 'app') seen.push(row.app);
      }
      expect(seen).toEqual(expect.arrayContaining(apps));
      expect(seen.filter((app) => !/^(app-.*|settings|token)$/.test(app))).toEqual([]);
      expect(await index.ring.read(`role#${role}`)).toBeUndefined();
    });
  });
}
