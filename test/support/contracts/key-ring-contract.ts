// What every key ring does, whatever is behind it.

import { randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { DUE_SHARDS } from '../../../vault/domain/kek-life/due.ts';
import { isSameHolder } from '../../../vault/domain/kek-life/holder.ts';
import { DEFAULT_LIFE } from '../../../vault/domain/kek-life/life.ts';
import { slotDates } from '../../../vault/domain/kek-life/slot.ts';
import type { AppSettings } from '../../../vault/domain/settings.ts';
import { AT_ONCE_S, type KeyRingWriter, type RingRow } from '../../../vault/ports/key-ring.ts';
import { present } from '../envelope.ts';
import { collected } from '../simulation-network.ts';
import { storeSettings } from '../store-settings.ts';
import { NOW_S } from './bundles.ts';

const DATES = slotDates(NOW_S, NOW_S + DEFAULT_LIFE.cycleS, DEFAULT_LIFE);
const SLOT = DATES.slot;
const ARN = 'arn:aws:kms:eu-central-1:111122223333:key/one';
const ANOTHER_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/another';
const LEASE = { owner: 'first', untilS: NOW_S + 300 };
const LATER = { owner: 'second', untilS: NOW_S + 900 };
const CONFLICT = { code: 'conflict' };

/** Registers the contract's tests. `make` is called once; every test uses its own app. */
export function keyRingContract(name: string, make: () => Promise<KeyRingWriter>): void {
  describe(`${name} as a key ring`, () => {
    let ring: KeyRingWriter;
    beforeAll(async () => {
      ring = await make();
    });

    const anApp = async () => {
      const settings = someSettings();
      await storeSettings(ring, settings);
      return settings.app;
    };
    const slotsOf = async (app: string) => (await ring.read(app))?.slots ?? [];
    const claimed = async () => {
      const app = await anApp();
      await ring.claim({ app }, DATES, LEASE, NOW_S);
      return app;
    };
    const created = async (salt = randomBytes(32)) => {
      const app = await claimed();
      await ring.recordKey({ app }, SLOT, LEASE.owner, { arn: ARN }, salt);
      return app;
    };
    const ready = async () => {
      const app = await created();
      await ring.markReady({ app }, SLOT, LEASE.owner);
      return app;
    };

    test('remembers of a key that KMS does not judge its encryption contexts', async () => {
      const apps = [await claimed(), await created()];
      await ring.recordKey(
        { app: apps[0] ?? '' },
        SLOT,
        LEASE.owner,
        { arn: ARN, ignoresContext: true },
        randomBytes(32),
      );
      const rows = await Promise.all(apps.map(slotsOf));
      expect(rows.map(([row]) => row?.ignoresContext)).toEqual([true, undefined]);
    });

    test('knows nothing of an app that was never set up', async () => {
      expect(await ring.read('nobody')).toBeUndefined();
    });

    test('knows nothing of an app that has slots but no settings', async () => {
      const app = aName();
      await ring.claim({ app }, DATES, LEASE, NOW_S);
      expect(await ring.read(app)).toBeUndefined();
    });

    test('gives back the settings that were stored last', async () => {
      const settings = someSettings();
      await storeSettings(ring, settings);
      expect(await ring.read(settings.app)).toMatchObject({ settings, slots: [] });
      await storeSettings(ring, { ...settings, state: 'retired', integrations: {} });
      expect((await ring.read(settings.app))?.settings).toEqual({ ...settings, state: 'retired', integrations: {} });
    });

    test('keeps the slots when the settings change', async () => {
      const app = await ready();
      await storeSettings(ring, { ...someSettings(), app });
      expect(await slotsOf(app)).toHaveLength(1);
    });

    test('gives the slots newest first', async () => {
      const app = await anApp();
      for (const slot of [NOW_S, 999_999_999, NOW_S + 1]) {
        await ring.claim({ app }, slotDates(slot, slot + 60, DEFAULT_LIFE), LEASE, NOW_S);
      }
      expect((await slotsOf(app)).map(({ slot }) => slot)).toEqual([NOW_S + 1, NOW_S, 999_999_999]);
    });

    test('claims a new slot with its dates', async () => {
      const app = await anApp();
      const expected = { ...DATES, holder: { app }, state: 'claimed', lease: LEASE };
      expect(await ring.claim({ app }, DATES, LEASE, NOW_S)).toEqual(expected);
      expect(await slotsOf(app)).toEqual([expected]);
    });

    test('lets one of many claims of a slot win', async () => {
      const app = await anApp();
      const claims = Array.from({ length: 8 }, (_, index) =>
        ring.claim({ app }, DATES, { owner: `rotator-${index}`, untilS: NOW_S + 300 }, NOW_S),
      );
      const outcomes = await Promise.allSettled(claims);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(CONFLICT);
    });

    test('stores one of many records that replace the same one at once', async () => {
      const before = present(await ring.readRecord(await anApp()));
      const writes = Array.from({ length: 12 }, (_, number) =>
        ring.storeRecord({ ...before, epoch: number + 1 }, before),
      );
      const outcomes = await Promise.allSettled(writes);
      const stored = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      expect(stored).toEqual([await ring.readRecord(before.app)]);
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(CONFLICT);
    });

    test('records one of many keys that are made for a slot at once', async () => {
      const app = await claimed();
      const arns = Array.from({ length: 12 }, (_, number) => `${ARN}-${number}`);
      const records = arns.map((arn) => ring.recordKey({ app }, SLOT, LEASE.owner, { arn }, randomBytes(32)));
      const outcomes = await Promise.allSettled(records);
      const recorded = arns.filter((_, at) => outcomes[at]?.status === 'fulfilled');
      expect(recorded).toEqual((await slotsOf(app)).map(({ keyArn }) => keyArn));
    });

    test('holds a claimed slot until its lease runs out, and not a second longer', async () => {
      const app = await claimed();
      await expect(ring.claim({ app }, DATES, LATER, LEASE.untilS - 1)).rejects.toMatchObject(CONFLICT);
      expect(await ring.claim({ app }, DATES, LATER, LEASE.untilS)).toMatchObject({ state: 'claimed', lease: LATER });
    });

    test('lets the owner renew its own lease', async () => {
      const app = await claimed();
      const lease = { ...LEASE, untilS: LEASE.untilS + 60 };
      expect(await ring.claim({ app }, DATES, lease, NOW_S)).toMatchObject({ lease });
    });

    test('keeps key, salt, state and dates of a slot that is taken over', async () => {
      const salt = randomBytes(32);
      const app = await created(salt);
      const otherDates = { ...DATES, endsAtS: DATES.endsAtS + 1, decryptUntilS: DATES.decryptUntilS + 1 };
      const taken = await ring.claim({ app }, otherDates, LATER, LEASE.untilS);
      expect(taken).toEqual({ ...DATES, holder: { app }, state: 'created', keyArn: ARN, salt, lease: LATER });
    });

    test('claims no slot whose key is proven, lost or destroyed', async () => {
      const app = await ready();
      await expect(ring.claim({ app }, DATES, LATER, NOW_S + 10 ** 6)).rejects.toMatchObject(CONFLICT);
      await ring.markLost({ app }, SLOT);
      await expect(ring.claim({ app }, DATES, LATER, NOW_S + 10 ** 6)).rejects.toMatchObject(CONFLICT);
      await ring.markDestroyed({ app }, SLOT);
      await expect(ring.claim({ app }, DATES, LATER, NOW_S + 10 ** 6)).rejects.toMatchObject(CONFLICT);
    });

    test('records the key of a claimed slot', async () => {
      const salt = randomBytes(32);
      const app = await created(salt);
      expect(await slotsOf(app)).toEqual([
        { ...DATES, holder: { app }, state: 'created', keyArn: ARN, salt, lease: LEASE },
      ]);
    });

    test('takes the very same key twice, and no other', async () => {
      const salt = randomBytes(32);
      const app = await created(salt);
      await ring.recordKey({ app }, SLOT, LEASE.owner, { arn: ARN }, salt);
      await expect(ring.recordKey({ app }, SLOT, LEASE.owner, { arn: ANOTHER_ARN }, salt)).rejects.toMatchObject(
        CONFLICT,
      );
    });

    test('records no key of a rotator that lost the slot to another', async () => {
      const app = await claimed();
      await ring.claim({ app }, DATES, LATER, LEASE.untilS);
      await expect(ring.recordKey({ app }, SLOT, LEASE.owner, { arn: ARN }, randomBytes(32))).rejects.toMatchObject(
        CONFLICT,
      );
    });

    test('records no key for a slot that was not claimed, and makes no slot', async () => {
      const app = await anApp();
      await expect(ring.recordKey({ app }, SLOT, LEASE.owner, { arn: ARN }, randomBytes(32))).rejects.toMatchObject(
        CONFLICT,
      );
      expect(await slotsOf(app)).toEqual([]);
    });

    test('marks a created slot as ready and ends its lease', async () => {
      const app = await ready();
      expect(await slotsOf(app)).toMatchObject([{ state: 'ready', keyArn: ARN }]);
      expect((await slotsOf(app))[0]).not.toHaveProperty('lease');
      await ring.markReady({ app }, SLOT, LEASE.owner);
    });

    test('marks neither a slot without a key nor one of another owner as ready', async () => {
      const app = await claimed();
      await expect(ring.markReady({ app }, SLOT, LEASE.owner)).rejects.toMatchObject(CONFLICT);
      await ring.recordKey({ app }, SLOT, LEASE.owner, { arn: ARN }, randomBytes(32));
      await expect(ring.markReady({ app }, SLOT, 'someone')).rejects.toMatchObject(CONFLICT);
    });

    test('marks a ready slot as lost, and no other', async () => {
      const app = await created();
      await expect(ring.markLost({ app }, SLOT)).rejects.toMatchObject(CONFLICT);
      await ring.markReady({ app }, SLOT, LEASE.owner);
      await ring.markLost({ app }, SLOT);
      await ring.markLost({ app }, SLOT);
      expect(await slotsOf(app)).toMatchObject([{ state: 'lost', keyArn: ARN }]);
      await expect(ring.markReady({ app }, SLOT, LEASE.owner)).rejects.toMatchObject(CONFLICT);
    });

    test('deletes the salt of a destroyed key, and may be asked twice', async () => {
      const app = await ready();
      await ring.markDestroyed({ app }, SLOT);
      await ring.markDestroyed({ app }, SLOT);
      const [slot] = await slotsOf(app);
      expect(slot).toEqual({ ...DATES, holder: { app }, state: 'destroyed', keyArn: ARN });
    });

    test('keeps when KMS deletes a destroyed key', async () => {
      const app = await ready();
      await ring.markDestroyed({ app }, SLOT, NOW_S + 7 * 86_400);
      expect(await slotsOf(app)).toMatchObject([{ state: 'destroyed', goneAtS: NOW_S + 7 * 86_400 }]);
      await ring.markDestroyed({ app }, SLOT, NOW_S + 8 * 86_400);
      expect(await slotsOf(app)).toMatchObject([{ state: 'destroyed', goneAtS: NOW_S + 8 * 86_400 }]);
    });

    test('marks a key as destroyed that was never proven', async () => {
      const app = await created();
      await ring.markDestroyed({ app }, SLOT);
      expect(await slotsOf(app)).toMatchObject([{ state: 'destroyed' }]);
    });

    test('marks no slot without a key as destroyed', async () => {
      const app = await claimed();
      await expect(ring.markDestroyed({ app }, SLOT)).rejects.toMatchObject(CONFLICT);
      await expect(ring.markDestroyed({ app }, SLOT + 1)).rejects.toMatchObject(CONFLICT);
    });

    test('forgets a claimed slot once its lease has run out', async () => {
      const app = await claimed();
      await expect(ring.forget({ app }, SLOT, LEASE.untilS - 1)).rejects.toMatchObject(CONFLICT);
      await ring.forget({ app }, SLOT, LEASE.untilS);
      expect(await slotsOf(app)).toEqual([]);
    });

    test('forgets a destroyed slot, and one that is gone already', async () => {
      const app = await ready();
      await ring.markDestroyed({ app }, SLOT);
      await ring.forget({ app }, SLOT, NOW_S);
      await ring.forget({ app }, SLOT, NOW_S);
      expect(await slotsOf(app)).toEqual([]);
    });

    test('forgets no slot whose key is not destroyed', async () => {
      const notProven = await created();
      await expect(ring.forget({ app: notProven }, SLOT, NOW_S + 10 ** 6)).rejects.toMatchObject(CONFLICT);
      const inUse = await ready();
      await expect(ring.forget({ app: inUse }, SLOT, NOW_S + 10 ** 6)).rejects.toMatchObject(CONFLICT);
      await ring.markLost({ app: inUse }, SLOT);
      await expect(ring.forget({ app: inUse }, SLOT, NOW_S + 10 ** 6)).rejects.toMatchObject(CONFLICT);
    });

    test('gives every row of apps, plans and slots', async () => {
      const apps = [await ready(), await claimed(), await anApp()];
      const rows = (await collected(ring.rows())).flat();
      for (const app of apps) {
        const { settings, slots } = present(await ring.read(app));
        const upkeep = { life: settings.life, retired: false };
        const holder = { app };
        const ofApp = rows.filter((row) => ('holder' in row ? isSameHolder(row.holder, holder) : row.app === app));
        expect(new Set(ofApp)).toEqual(
          new Set<RingRow>([
            { kind: 'app', app, holder, ...upkeep },
            { kind: 'plan', holder, upkeep, dueAtS: AT_ONCE_S },
            ...slots.map(({ slot, state, keyArn }) => ({
              kind: 'slot' as const,
              holder,
              slot,
              state,
              ...(keyArn !== undefined && { keyArn }),
            })),
          ]),
        );
      }
    });

    describe('and its plans', () => {
      const planOf = async (app: string) => present(await ring.planned({ app }));
      /** Whether an app is due, by what all shards say. */
      const isDue = async (app: string, nowS: number) => {
        const shards = Array.from({ length: DUE_SHARDS }, (_, shard) => collected(ring.due(shard, nowS)));
        return (await Promise.all(shards)).flat(2).some(({ holder }) => isSameHolder(holder, { app }));
      };

      test('are made with the settings, due at once', async () => {
        const app = await anApp();
        const { revision, ...plan } = await planOf(app);
        expect(plan).toEqual({ holder: { app }, life: DEFAULT_LIFE, retired: false, dueAtS: AT_ONCE_S, slots: [] });
        expect(await isDue(app, NOW_S)).toBe(true);
      });

      test('are none for a holder that was never planned', async () => {
        expect(await ring.planned({ pool: 999 })).toBeUndefined();
      });

      test('come with the slots, newest first', async () => {
        const app = await anApp();
        for (const slot of [NOW_S, NOW_S + 1]) {
          await ring.claim({ app }, slotDates(slot, slot + 60, DEFAULT_LIFE), LEASE, NOW_S);
        }
        expect((await planOf(app)).slots).toEqual(await slotsOf(app));
      });

      test('are due at their next date, and not a second before', async () => {
        const app = await anApp();
        await ring.planNext(await planOf(app), NOW_S);
        expect(await planOf(app)).toMatchObject({ dueAtS: NOW_S });
        expect([await isDue(app, NOW_S - 1), await isDue(app, NOW_S)]).toEqual([false, true]);
      });

      test('are in no shard once nothing is to come, and again once they change', async () => {
        const app = await anApp();
        await ring.planNext(await planOf(app), undefined);
        expect((await planOf(app)).dueAtS).toBeUndefined();
        expect(await isDue(app, Number.MAX_SAFE_INTEGER)).toBe(false);
        await ring.plan({ holder: { app }, life: DEFAULT_LIFE, retired: true });
        expect(await planOf(app)).toMatchObject({ retired: true, dueAtS: AT_ONCE_S });
        expect(await isDue(app, NOW_S)).toBe(true);
      });

      test('stay due when they changed while their holder was looked at', async () => {
        const app = await anApp();
        const read = await planOf(app);
        await storeSettings(ring, { ...someSettings(), app, state: 'retired' });
        await expect(ring.planNext(read, NOW_S + 100)).rejects.toMatchObject(CONFLICT);
        expect(await planOf(app)).toMatchObject({ retired: true, dueAtS: AT_ONCE_S });
      });

      test('may get their next date twice: two rotators have been there', async () => {
        const app = await anApp();
        const read = await planOf(app);
        for (const dueAtS of [NOW_S + 100, NOW_S + 200]) await ring.planNext(read, dueAtS);
        expect((await planOf(app)).dueAtS).toBe(NOW_S + 200);
      });

      test('of pools are planned like those of apps', async () => {
        const holder = { pool: 7 };
        await ring.plan({ holder, life: DEFAULT_LIFE, retired: false });
        expect(await ring.planned(holder)).toMatchObject({ holder, life: DEFAULT_LIFE, dueAtS: AT_ONCE_S, slots: [] });
      });

      test('are given page by page, those that have waited longest first', async () => {
        const due: [string, number][] = [];
        for (const seconds of [30, 10, 20]) {
          const app = await anApp();
          await ring.planNext(await planOf(app), seconds);
          due.push([app, seconds]);
        }
        const shards = Array.from({ length: DUE_SHARDS }, (_, shard) => collected(ring.due(shard, 30)));
        for (const shard of await Promise.all(shards)) {
          const dates = shard.flat().map(({ dueAtS }) => dueAtS);
          expect(dates).toEqual(dates.toSorted((one, other) => one - other));
        }
        for (const [app, seconds] of due)
          expect([await isDue(app, seconds - 1), await isDue(app, seconds)]).toEqual([false, true]);
      });
    });
  });
}

function aName(): string {
  return `app-${randomUUID()}`;
}

function someSettings(): AppSettings {
  return {
    app: aName(),
    life: DEFAULT_LIFE,
    defaultTtlS: 3600,
    integrations: {
      bot: { kind: 'component', processSensitive: true, roles: ['111122223333/bot', '111122223333/worker'] },
      desk: { kind: 'other', processSensitive: false, roles: [] },
    },
    state: 'live',
  };
}
