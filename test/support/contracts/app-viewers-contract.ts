// What every index of viewers does, whatever is behind it: it follows the settings that the key ring stores.

import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { detachRecord, endRecord } from '../../../vault/domain/app-state.ts';
import { CLAIM_CHARACTERS } from '../../../vault/domain/console/viewers.ts';
import { DEFAULT_LIFE } from '../../../vault/domain/kek-life/life.ts';
import type { AppSettings } from '../../../vault/domain/settings.ts';
import type { AppViewers } from '../../../vault/ports/app-viewers.ts';
import type { KeyRingWriter } from '../../../vault/ports/key-ring.ts';
import { storeApp } from '../../../vault/usecases/apps/store-app.ts';
import { storeSettings } from '../store-settings.ts';

/** An index under test, and the ring that it follows. */
export interface IndexedViewers {
  readonly ring: KeyRingWriter;
  readonly viewers: AppViewers;
}

const MANY = 1000;

/** Registers the contract's tests. `make` is called once; every test uses its own apps and viewers. */
export function appViewersContract(name: string, make: () => Promise<IndexedViewers>): void {
  describe(`${name} as an index of viewers`, () => {
    let index: IndexedViewers;
    beforeAll(async () => {
      index = await make();
    });

    const aViewer = () => `group-${randomUUID()}`;
    const settingsOf = (app: string, viewers: readonly string[] | undefined): AppSettings => ({
      app,
      life: DEFAULT_LIFE,
      defaultTtlS: 3600,
      integrations: {},
      ...(viewers && { console: { viewers, showPlain: false, requireApproval: false } }),
      state: 'live',
    });
    /** Sets up an app, or changes it. Without viewers the Console does not show it. */
    const shown = async (viewers?: readonly string[], app = `app-${randomUUID()}`): Promise<string> => {
      await storeSettings(index.ring, settingsOf(app, viewers));
      return app;
    };
    const appsOf = (viewer: string, beginning = '', limit = MANY) => index.viewers.appsOf(viewer, beginning, limit);

    test('knows nothing of a viewer that no app lists', async () => {
      expect(await appsOf(aViewer())).toEqual([]);
    });

    test('finds an app by each of its viewers, and every app of a viewer, sorted', async () => {
      const [one, two] = [aViewer(), aViewer()];
      const apps = [await shown([one, two]), await shown([two]), await shown([two, two])];
      expect(await appsOf(one)).toEqual(apps.slice(0, 1));
      expect(await appsOf(two)).toEqual(apps.toSorted());
    });

    test('gives the first apps, and those that begin with a text', async () => {
      const [viewer, mark] = [aViewer(), `x${randomUUID().slice(0, 8)}`];
      for (const name of ['shop-2', 'shop-1', 'clinic', 'shop']) await shown([viewer], `${mark}-${name}`);
      const found = async (beginning: string, limit?: number) =>
        (await appsOf(viewer, beginning, limit)).map((app) => app.replace(`${mark}-`, ''));
      expect(await found('')).toEqual(['clinic', 'shop', 'shop-1', 'shop-2']);
      expect(await found('', 2)).toEqual(['clinic', 'shop']);
      expect(await found(`${mark}-shop`)).toEqual(['shop', 'shop-1', 'shop-2']);
      expect(await found(`${mark}-shop-`, 1)).toEqual(['shop-1']);
      expect(await found('%')).toEqual([]);
    });

    test('loses a viewer that is removed, keeps the others, and finds one that is added', async () => {
      const [gone, kept, added] = [aViewer(), aViewer(), aViewer()];
      const other = await shown([gone]);
      const app = await shown([gone, kept]);
      await shown([kept, added], app);
      expect(await appsOf(gone)).toEqual([other]);
      expect([await appsOf(kept), await appsOf(added)]).toEqual([[app], [app]]);
      await shown(undefined, app);
      expect([await appsOf(kept), await appsOf(added)]).toEqual([[], []]);
    });

    test.each([
      ['detached', detachRecord],
      ['gone', endRecord],
    ] as const)('loses an app that is %s, and finds it again when it comes back', async (_, end) => {
      const viewer = aViewer();
      const app = await shown([viewer]);
      await storeApp({ keyRing: index.ring }, app, (record) => end(record, 100));
      expect(await appsOf(viewer)).toEqual([]);
      await shown([viewer], app);
      expect(await appsOf(viewer)).toEqual([app]);
    });

    test('has every viewer that is added at once, and none of those that are removed then', async () => {
      const removed = Array.from({ length: 4 }, aViewer);
      const added = Array.from({ length: 4 }, aViewer);
      const app = await shown(removed);
      const change = (alter: (viewers: readonly string[]) => readonly string[]) =>
        storeApp({ keyRing: index.ring }, app, (record) => ({
          ...record,
          settings: settingsOf(app, alter(record.settings?.console?.viewers ?? [])),
        }));
      await Promise.all([
        ...added.map((viewer) => change((viewers) => [...viewers, viewer])),
        ...removed.map((viewer) => change((viewers) => viewers.filter((each) => each !== viewer))),
      ]);
      const found = await Promise.all([...added, ...removed].map((viewer) => appsOf(viewer)));
      expect(found).toEqual([...added.map(() => [app]), ...removed.map(() => [])]);
    });

    test('takes any text as a viewer, and distinguishes those that differ in one letter', async () => {
      const viewer = `Leads, €#${randomUUID()}#'"*`;
      const longest = `${randomUUID()}${'€'.repeat(CLAIM_CHARACTERS)}`.slice(0, CLAIM_CHARACTERS);
      const app = await shown([viewer, longest]);
      expect([await appsOf(viewer), await appsOf(longest)]).toEqual([[app], [app]]);
      for (const other of [viewer.toUpperCase(), `${viewer}x`, viewer.slice(0, -1), `role#${viewer}`, '*']) {
        expect(await appsOf(other)).toEqual([]);
      }
    });
  });
}
