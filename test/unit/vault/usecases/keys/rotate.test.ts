// The rotator, and the set-up and end of an app: what one of them leaves undone, the next one does.

import { describe, expect, test } from 'vitest';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import { CHECK_EVERY_S } from '../../../../../vault/domain/kek-life/due.ts';
import { holderName } from '../../../../../vault/domain/kek-life/holder.ts';
import { DEFAULT_LIFE } from '../../../../../vault/domain/kek-life/life.ts';
import type { UpkeepChange } from '../../../../../vault/domain/kek-life/upkeep.ts';
import type { AppSettings } from '../../../../../vault/domain/settings.ts';
import { setUpApp } from '../../../../../vault/usecases/apps/one-app.ts';
import { LEASE_S, type RotateDeps, rotate, rotateOne } from '../../../../../vault/usecases/keys/rotate.ts';
import { counted } from '../../../../support/counting.ts';
import { present } from '../../../../support/envelope.ts';
import { storeSettings } from '../../../../support/store-settings.ts';
import { SLOT_S, someSettings, virtualVault } from '../../../../support/virtual-vault.ts';

const { cycleS, maxTtlS } = DEFAULT_LIFE;
const UNAVAILABLE = new DaykeyError('unavailable', 'KMS is throttled');

/** A vault whose app has its settings, and no key yet. */
async function aVault(options: Parameters<typeof virtualVault>[0] = {}) {
  const vault = virtualVault(options);
  await storeSettings(vault.keyRing, someSettings());
  return vault;
}

/** A rotator whose KMS answers differently. */
function withKeyMaker(rotator: RotateDeps, keyMaker: Partial<RotateDeps['keyMaker']>): RotateDeps {
  return { ...rotator, keyMaker: { ...rotator.keyMaker, ...keyMaker } };
}

describe('the rotator', () => {
  test('does nothing the second time', async () => {
    const { kms, rotator } = await aVault();
    await rotate(rotator);
    await rotate(rotator);
    expect(kms.calls.CreateKey).toBe(1);
  });

  test('lets many at once make one key', async () => {
    const vault = await aVault();
    await Promise.all([1, 2, 3].map(() => rotate(vault.rotator)));
    expect(await vault.slots()).toEqual([[SLOT_S, 'ready']]);
    expect(vault.kms.calls.CreateKey).toBe(1);
  });

  // A lease kept after a failed canary once made a deployment wait longer than it had, whenever KMS was slow to show a key.
  test('tries a key again at once that KMS shows late, and makes no other', async () => {
    const vault = await aVault({ visibleAfterMs: 3000 });
    await rotate(vault.rotator);
    expect(await vault.slots()).toEqual([[SLOT_S, 'created']]);
    vault.at(SLOT_S + 3);
    await rotate(vault.rotator);
    expect(await vault.slots()).toEqual([[SLOT_S, 'ready']]);
    expect(vault.kms.calls.CreateKey).toBe(1);
  });

  test('ends its lease when KMS makes it no key, so that the next run may try', async () => {
    const vault = await aVault();
    const throttled = withKeyMaker(vault.rotator, { create: () => Promise.reject(UNAVAILABLE) });
    await expect(rotate(throttled)).rejects.toThrow(AggregateError);
    vault.at(SLOT_S + 1);
    await rotate(vault.rotator);
    expect(await vault.slots()).toEqual([[SLOT_S, 'ready']]);
  });

  test('is waited for as long as its lease when it is cut off', async () => {
    const vault = await aVault();
    const cutOff = withKeyMaker(vault.rotator, { create: () => new Promise(() => undefined) });
    void rotate(cutOff);
    await new Promise(setImmediate);
    vault.at(SLOT_S + LEASE_S - 1);
    await rotate(vault.rotator);
    expect(await vault.slots()).toEqual([[SLOT_S, 'claimed']]);
    vault.at(SLOT_S + LEASE_S);
    await rotate(vault.rotator);
    expect(await vault.slots()).toEqual([[SLOT_S, 'ready']]);
  });

  test('replaces a key that an operator has disabled, and goes on decrypting once it is back', async () => {
    const vault = await aVault();
    await rotate(vault.rotator);
    const ref = await vault.seal();
    const [slot] = (await vault.keyRing.read('shop'))?.slots ?? [];
    await vault.kms.operate('DisableKey', slot?.keyArn ?? '');
    await expect(vault.open(ref.token)).rejects.toMatchObject({ code: 'app-kek-refused' });
    vault.at(SLOT_S + CHECK_EVERY_S);
    await rotate(vault.rotator);
    expect(await vault.slots()).toEqual([
      [SLOT_S, 'lost'],
      [SLOT_S - 1, 'ready'],
    ]);
    // Functions look again once a second.
    vault.at(vault.nowS() + 1);
    expect(await vault.open((await vault.seal()).token)).toMatchObject({ status: 'ok' });
    await vault.kms.operate('EnableKey', slot?.keyArn ?? '');
    expect(await vault.open(ref.token)).toMatchObject({ status: 'ok' });
  });

  // One key whose policy someone had changed once kept its app from ever getting another.
  test('makes the next key though it may not look at the one in use', async () => {
    const vault = await aVault();
    await rotate(vault.rotator);
    const blind = withKeyMaker(vault.rotator, { isHealthy: () => Promise.reject(UNAVAILABLE) });
    vault.at(SLOT_S + cycleS - 60);
    await expect(rotate(blind)).rejects.toThrow(AggregateError);
    expect(await vault.slots()).toContainEqual([SLOT_S + cycleS, 'ready']);
  });

  test("goes on with the other apps when one's key cannot be made", async () => {
    const vault = await aVault();
    await storeSettings(vault.keyRing, someSettings({ app: 'bank' }));
    const { create } = vault.rotator.keyMaker;
    const notForBank = withKeyMaker(vault.rotator, {
      create: (holder, dates) => (holderName(holder) === 'bank' ? Promise.reject(UNAVAILABLE) : create(holder, dates)),
    });
    await expect(rotate(notForBank)).rejects.toThrow('1 holders of keys could not be reconciled');
    expect(await vault.slots()).toEqual([[SLOT_S, 'ready']]);
  });

  test('repeats the messages of five failures', async () => {
    const vault = await aVault();
    for (const at of [1, 2, 3, 4, 5]) await storeSettings(vault.keyRing, someSettings({ app: `app-${at}` }));
    const failing = withKeyMaker(vault.rotator, {
      create: (holder) => Promise.reject(new DaykeyError('unavailable', `no key for ${holderName(holder)}`)),
    });
    const failure: unknown = await rotate(failing).catch((error: unknown) => error);
    expect((failure as AggregateError).errors).toHaveLength(6);
    expect((failure as Error).message.match(/no key for/g)).toHaveLength(5);
  });

  test('begins with no holder once its 40 seconds are over', async () => {
    const vault = await aVault();
    let calls = 0;
    const clock = () => {
      calls += 1;
      return SLOT_S * 1000 + (calls > 1 ? 40_000 : 0);
    };
    await rotate({ ...vault.rotator, clock });
    expect(await vault.slots()).toEqual([]);
    await rotate(vault.rotator);
    expect(await vault.slots()).toEqual([[SLOT_S, 'ready']]);
  });

  test('fails when the plan of a holder cannot be read for now', async () => {
    const vault = await aVault();
    const keyRing = { ...vault.keyRing, planned: () => Promise.reject(UNAVAILABLE) };
    await expect(rotate({ ...vault.rotator, keyRing })).rejects.toMatchObject({ errors: [UNAVAILABLE] });
  });

  test.each<[string, number | undefined, number]>([
    ['nothing for a holder that is due later than the index says', SLOT_S + 1, 0],
    ['nothing for a holder that is never due, whatever the index says', undefined, 0],
    ['what is due this second', SLOT_S, 1],
  ])('does %s', async (_, dueAtS, keys) => {
    const vault = await aVault();
    await vault.keyRing.planNext(present(await vault.keyRing.planned({ app: 'shop' })), dueAtS);
    await rotate({ ...vault.rotator, keyRing: { ...vault.keyRing, due: indexNaming('shop') } });
    expect(await vault.slots()).toHaveLength(keys);
  });

  test('leaves out a holder of the index that has no ring', async () => {
    const vault = await aVault();
    await rotate({ ...vault.rotator, keyRing: { ...vault.keyRing, due: indexNaming('gone') } });
    expect(await vault.slots()).toEqual([]);
  });

  test('finishes the apps it has begun when the ring breaks off', async () => {
    const vault = await aVault();
    const keyRing = {
      ...vault.keyRing,
      async *due(shard: number, nowS: number) {
        yield* vault.keyRing.due(shard, nowS);
        throw UNAVAILABLE;
      },
    };
    await expect(rotate({ ...vault.rotator, keyRing })).rejects.toThrow(AggregateError);
    expect(await vault.slots()).toEqual([[SLOT_S, 'ready']]);
  });
});

/** An index that says that this app is due. */
function indexNaming(app: string): RotateDeps['keyRing']['due'] {
  return async function* (shard) {
    if (shard === 0) yield [{ holder: { app }, dueAtS: SLOT_S }];
  };
}

describe('the rotation of one app', () => {
  test('is refused without settings', async () => {
    const { rotator } = virtualVault();
    const message = 'no settings are stored for this app';
    await expect(rotateOne(rotator, 'shop')).rejects.toMatchObject({ code: 'not-found', message });
  });

  test.each<[string, Partial<UpkeepChange> | undefined, number]>([
    ['leaves a plan that the settings ask for as it is', undefined, 0],
    ['writes a plan for other settings again', { retired: true }, 1],
  ])('%s', async (_, other, plans) => {
    const vault = await aVault();
    const planned = present(await vault.keyRing.planned({ app: 'shop' }));
    if (other) await vault.keyRing.plan({ ...planned, ...other });
    const { port, count } = counted(vault.keyRing);
    await rotateOne({ ...vault.rotator, keyRing: port }, 'shop');
    expect(count('plan')).toBe(plans);
    expect(await vault.slots()).toEqual([[SLOT_S, 'ready']]);
  });

  test('writes a plan again that cannot be read, and fails when the ring does', async () => {
    const vault = await aVault();
    const failingOnce = (error: DaykeyError): RotateDeps => {
      let calls = 0;
      const planned: RotateDeps['keyRing']['planned'] = async (holder) => {
        calls += 1;
        return calls === 1 ? await Promise.reject(error) : await vault.keyRing.planned(holder);
      };
      return { ...vault.rotator, keyRing: { ...vault.keyRing, planned } };
    };
    await expect(rotateOne(failingOnce(UNAVAILABLE), 'shop')).rejects.toBe(UNAVAILABLE);
    expect(await vault.slots()).toEqual([]);
    await rotateOne(failingOnce(new DaykeyError('settings-unreadable', 'malformed', { paths: ['life'] })), 'shop');
    expect(await vault.slots()).toEqual([[SLOT_S, 'ready']]);
  });
});

describe('setting up an app', () => {
  async function configured(
    vault: Awaited<ReturnType<typeof virtualVault>>,
    settings: AppSettings,
    waits: number[] = [],
  ) {
    const { rotator } = vault;
    await setUpApp(
      {
        ...rotator,
        rotate: (app) => rotateOne(rotator, app),
        wait: async (ms) => {
          waits.push(ms);
          vault.at(vault.nowS() + ms / 1000);
        },
      },
      settings,
    );
  }

  test('returns once the app can encrypt, without waiting when nothing is in the way', async () => {
    const vault = virtualVault();
    const waits: number[] = [];
    await configured(vault, someSettings(), waits);
    expect(await vault.open((await vault.seal()).token)).toMatchObject({ status: 'ok' });
    expect(waits).toEqual([]);
  });

  test('waits for a key that KMS shows late', async () => {
    const vault = virtualVault({ visibleAfterMs: 10_000 });
    await configured(vault, someSettings());
    expect(await vault.slots()).toEqual([[SLOT_S, 'ready']]);
  });

  test('outlasts the lease of a rotator that was cut off', async () => {
    const vault = virtualVault();
    await storeSettings(vault.keyRing, someSettings());
    void rotate(withKeyMaker(vault.rotator, { create: () => new Promise(() => undefined) }));
    await new Promise(setImmediate);
    await configured(vault, someSettings());
    expect(await vault.slots()).toEqual([[SLOT_S, 'ready']]);
  });

  test('returns only once a higher maximum holds', async () => {
    const vault = virtualVault();
    await configured(vault, someSettings());
    await expect(vault.seal(2 * maxTtlS)).rejects.toMatchObject({ code: 'ttl-out-of-range' });
    await configured(vault, someSettings({ life: { ...DEFAULT_LIFE, maxTtlS: 2 * maxTtlS } }));
    vault.at(vault.nowS() + 60);
    const { expiresAtS } = await vault.seal(2 * maxTtlS);
    expect(expiresAtS).toBe(vault.nowS() + 2 * maxTtlS);
  });

  test('holds a lower maximum a minute later, a higher one again once its old key can', async () => {
    const vault = virtualVault();
    await configured(vault, someSettings());
    await configured(vault, someSettings({ life: { ...DEFAULT_LIFE, maxTtlS: 3600 } }));
    vault.at(vault.nowS() + 60);
    await expect(vault.seal(3601)).rejects.toMatchObject({ code: 'ttl-out-of-range' });
    await configured(vault, someSettings());
    vault.at(vault.nowS() + 60);
    await vault.seal(maxTtlS);
    expect(vault.kms.calls.CreateKey).toBe(2);
  });

  test('fails the deployment when no key gets ready', async () => {
    const vault = virtualVault({ visibleAfterMs: Number.POSITIVE_INFINITY });
    await expect(configured(vault, someSettings())).rejects.toMatchObject({ code: 'unavailable' });
  });
});
