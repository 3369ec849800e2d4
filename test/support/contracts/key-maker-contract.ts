// What every maker of app KEKs does, whatever is behind it.

import { beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIFE } from '../../../vault/domain/kek-life/life.ts';
import { type SlotDates, slotDates } from '../../../vault/domain/kek-life/slot.ts';
import type { KeyMaker, MadeKey } from '../../../vault/ports/key-maker.ts';

/** What is tested. */
export interface KeyMaking {
  /** May destroy a key at any time. */
  readonly keyMaker: KeyMaker;
  /** Now, in seconds, by the clock of the keys. */
  readonly nowS: () => number;
  /** Disables a key, as an operator does. */
  disable(arn: string): Promise<unknown>;
}

/** The shortest deletion window of KMS (AWS KMS API reference, ScheduleKeyDeletion). */
const LEAST_WINDOW_S = 7 * 24 * 3600;

/** Dates of a slot that has been active for a minute. */
export function activeDates(nowS: number): SlotDates {
  return slotDates(nowS - 60, nowS + 3600, DEFAULT_LIFE);
}

/** What the backing can do. Claims that it cannot keep are skipped, and the report shows it. */
export interface KeyMakerCapabilities {
  /** Whether keys can be found by their tags, a service apart from KMS. */
  readonly findsByTags: boolean;
}

/** Registers the contract's tests. `make` is called once; every test makes its own keys. */
export function keyMakerContract(name: string, can: KeyMakerCapabilities, make: () => Promise<KeyMaking>): void {
  describe(`${name} as a maker of app KEKs`, () => {
    let making: KeyMaking;
    beforeAll(async () => {
      making = await make();
    });

    const created = async () => (await making.keyMaker.create({ app: 'shop' }, activeDates(making.nowS()))).arn;
    const missing = async () => (await created()).replace(/[^/]+$/, '00000000-0000-4000-8000-000000000000');
    const listed = async (known: readonly string[] = []) => {
      const keys = new Map<string, MadeKey>();
      for await (const key of making.keyMaker.list(new Set(known))) keys.set(key.arn, key);
      return keys;
    };

    test.runIf(can.findsByTags)('lists the keys it made with app, slot and T2', async () => {
      const dates = activeDates(making.nowS());
      const { arn } = await making.keyMaker.create({ app: 'shop' }, dates);
      const expected = { arn, holder: { app: 'shop' }, slot: dates.slot, decryptUntilS: dates.decryptUntilS };
      expect((await listed()).get(arn)).toEqual(expected);
    });

    test.runIf(can.findsByTags)('lists the keys of pools with their numbers', async () => {
      const dates = activeDates(making.nowS());
      const { arn } = await making.keyMaker.create({ pool: 0 }, dates);
      expect((await listed()).get(arn)).toMatchObject({ arn, holder: { pool: 0 }, slot: dates.slot });
    });

    test.runIf(can.findsByTags)('leaves out keys that the caller knows', async () => {
      const [known, other] = [await created(), await created()];
      const keys = await listed([known]);
      expect([keys.has(known), keys.has(other)]).toEqual([false, true]);
    });

    test('makes another key each time', async () => {
      expect(await created()).not.toBe(await created());
    });

    test('calls a new key healthy', async () => {
      expect(await making.keyMaker.isHealthy(await created())).toBe(true);
    });

    test('calls a key that does not exist unhealthy', async () => {
      expect(await making.keyMaker.isHealthy(await missing())).toBe(false);
    });

    test('calls a disabled key unhealthy, and a destroyed one', async () => {
      const [disabled, destroyed] = [await created(), await created()];
      await making.disable(disabled);
      await making.keyMaker.destroy(destroyed);
      expect(await making.keyMaker.isHealthy(disabled)).toBe(false);
      expect(await making.keyMaker.isHealthy(destroyed)).toBe(false);
    });

    test.runIf(can.findsByTags)('lists a disabled key still, and a destroyed one no longer', async () => {
      const [disabled, destroyed] = [await created(), await created()];
      await making.disable(disabled);
      await making.keyMaker.destroy(destroyed);
      const keys = await listed();
      expect([keys.has(disabled), keys.has(destroyed)]).toEqual([true, false]);
    });

    test('says when it made a destroyed key, and that the material lasts for seven more days', async () => {
      const nowS = making.nowS();
      const arn = await created();
      const destroyed = await making.keyMaker.destroy(arn);
      expect(destroyed?.arn).toBe(arn);
      expect((destroyed?.createdAtS ?? 0) - nowS).toBeGreaterThanOrEqual(0);
      expect((destroyed?.createdAtS ?? 0) - nowS).toBeLessThan(60);
      expect((destroyed?.goneAtS ?? 0) - nowS - LEAST_WINDOW_S).toBeGreaterThanOrEqual(0);
      expect((destroyed?.goneAtS ?? 0) - nowS - LEAST_WINDOW_S).toBeLessThan(60);
    });

    test('gives the same dates when a key is destroyed again', async () => {
      const arn = await created();
      const first = await making.keyMaker.destroy(arn);
      const again = await making.keyMaker.destroy(arn);
      expect(again).toMatchObject({ arn, createdAtS: first?.createdAtS });
      // An emulator that accepts a second deletion begins the window again.
      expect((again?.goneAtS ?? 0) - (first?.goneAtS ?? 0)).toBeLessThanOrEqual(2);
    });

    test('destroys a disabled key', async () => {
      const arn = await created();
      await making.disable(arn);
      expect(await making.keyMaker.destroy(arn)).toMatchObject({ arn });
    });

    test('has nothing to say of the destruction of a key that does not exist', async () => {
      expect(await making.keyMaker.destroy(await missing())).toBeUndefined();
    });
  });
}
