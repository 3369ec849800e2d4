// Apps are set up once their holders have keys that encrypt: who is asked, how often, and when it ends.

import { expect, test } from 'vitest';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import { DEFAULT_LIFE } from '../../../../../vault/domain/kek-life/life.ts';
import type { RingSlot } from '../../../../../vault/domain/kek-life/ring.ts';
import { slotDates } from '../../../../../vault/domain/kek-life/slot.ts';
import type { AppSettings } from '../../../../../vault/domain/settings.ts';
import { type FirstKeysDeps, firstKeys, RESERVED_MS } from '../../../../../vault/usecases/apps/first-keys.ts';

const NOW_S = 1_800_000_000;

const settingsOf = (app: string, pool?: number): AppSettings => ({
  app,
  life: DEFAULT_LIFE,
  defaultTtlS: 3600,
  integrations: {},
  state: 'live',
  keys: pool === undefined ? undefined : { pool },
});

const SLOT: RingSlot = {
  ...slotDates(NOW_S - 60, NOW_S + DEFAULT_LIFE.cycleS, DEFAULT_LIFE),
  holder: { app: 'shop' },
  state: 'ready',
};

/** A vault in which a holder has a key once the rotator was asked `keyAfter` times for it. */
function vaultWith({
  keyAfter = 1,
  rotate = async () => {},
  ...others
}: Partial<FirstKeysDeps> & { keyAfter?: number }) {
  const asked: string[] = [];
  const waits: number[] = [];
  const deps: FirstKeysDeps = {
    clock: () => NOW_S * 1000,
    keyRing: {
      slotsOf: async () => (asked.length >= keyAfter ? [SLOT] : []),
      readRecord: async () => undefined,
    },
    rotate: async (app) => {
      asked.push(app);
      await rotate(app);
    },
    remainingMs: () => RESERVED_MS,
    wait: async (ms) => waits.push(ms),
    ...others,
  };
  return { deps, asked, waits };
}

test('an app that has keys needs no rotator, even when the time is over', async () => {
  const { deps, asked, waits } = vaultWith({ keyAfter: 0, remainingMs: () => 0 });
  expect(await firstKeys(deps, [settingsOf('shop')])).toBe(true);
  expect([asked, waits]).toEqual([[], []]);
});

test('no apps are ready at once', async () => {
  expect(await firstKeys(vaultWith({}).deps, [])).toBe(true);
});

test('the rotator is asked every 3 seconds until the key encrypts, whatever it threw before', async () => {
  const { deps, asked, waits } = vaultWith({
    keyAfter: 3,
    rotate: async () => {
      throw new Error('KMS shows the key late');
    },
  });
  expect(await firstKeys(deps, [settingsOf('shop')])).toBe(true);
  expect([asked, waits]).toEqual([
    ['shop', 'shop', 'shop'],
    [3000, 3000],
  ]);
});

test('one app asks for all that share a pool, and each app with its own keys asks itself', async () => {
  const { deps, asked } = vaultWith({ keyAfter: 3 });
  const apps = [settingsOf('a', 1), settingsOf('b', 1), settingsOf('c', 2), settingsOf('d')];
  expect(await firstKeys(deps, apps)).toBe(true);
  expect(asked.toSorted()).toEqual(['b', 'c', 'd']);
});

test('five holders get their keys at once', async () => {
  let [running, most] = [0, 0];
  const { deps, asked } = vaultWith({
    keyAfter: 7,
    rotate: async () => {
      running += 1;
      most = Math.max(most, running);
      for (let turns = 0; turns < 10; turns += 1) await Promise.resolve();
      running -= 1;
    },
  });
  expect(
    await firstKeys(
      deps,
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((app) => settingsOf(app)),
    ),
  ).toBe(true);
  expect([most, new Set(asked).size > 4]).toEqual([5, true]);
});

test('without the time to finish, the rotator is not asked and the apps are not ready', async () => {
  const { deps, asked } = vaultWith({ remainingMs: () => RESERVED_MS - 1 });
  expect(await firstKeys(deps, [settingsOf('shop')])).toBe(false);
  expect(asked).toEqual([]);
});

test('a key that never gets ready fails after three minutes, and the error says why', async () => {
  const silent = vaultWith({ keyAfter: Number.POSITIVE_INFINITY });
  await expect(firstKeys(silent.deps, [settingsOf('shop')])).rejects.toMatchObject({
    code: 'unavailable',
    message:
      'the first app KEK of shop did not get ready: its canary does not pass. See the log of the rotate function',
  });
  expect([silent.asked.length, silent.waits.length]).toEqual([60, 60]);

  const cause = new Error('KMS is full');
  const failing = vaultWith({
    keyAfter: Number.POSITIVE_INFINITY,
    rotate: async () => {
      throw cause;
    },
  });
  const failed = firstKeys(failing.deps, [settingsOf('shop')]);
  await expect(failed).rejects.toThrow('the first app KEK of shop did not get ready: KMS is full. See');
  await expect(failed).rejects.toMatchObject({ cause });
});

test.each(['detached', 'retired', 'gone'] as const)(
  'an app that is %s in the meantime is not waited for',
  async (state) => {
    const { deps, waits } = vaultWith({
      keyRing: {
        slotsOf: async () => [],
        readRecord: async () => ({ settings: { ...settingsOf('shop'), state } }) as never,
      },
    });
    await expect(firstKeys(deps, [settingsOf('shop')])).rejects.toThrow(
      new DaykeyError('conflict', 'the app shop was ended in the meantime'),
    );
    expect(waits).toEqual([]);
  },
);

test('an app that is still live is waited for', async () => {
  const { deps, waits } = vaultWith({
    keyAfter: 2,
    keyRing: {
      slotsOf: async () => (waits.length > 0 ? [SLOT] : []),
      readRecord: async () => ({ settings: settingsOf('shop') }) as never,
    },
  });
  expect(await firstKeys(deps, [settingsOf('shop')])).toBe(true);
  expect(waits).toEqual([3000]);
});
