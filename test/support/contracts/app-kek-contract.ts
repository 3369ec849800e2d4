// What every app KEK and every maker of them does, whatever they stand on.

import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { type BundlePlace, wrapContext } from '../../../vault/domain/envelope/bundle.ts';
import { DEFAULT_LIFE } from '../../../vault/domain/kek-life/life.ts';
import type { UsableSlot } from '../../../vault/domain/kek-life/ring.ts';
import { type SlotDates, slotDates } from '../../../vault/domain/kek-life/slot.ts';
import { type AppKek, MAX_WRAP_BYTES } from '../../../vault/ports/app-kek.ts';
import type { KeyMaker, MadeKey } from '../../../vault/ports/key-maker.ts';

/** A backing under test: its keys are made, used and destroyed through the ports alone. */
export interface AppKeks {
  readonly appKek: AppKek;
  /** As whoever may destroy a key at any time. */
  readonly keyMaker: KeyMaker;
  /** The backing's idea of now, in seconds. */
  readonly nowS: () => number;
}

/** What a backing can do. What it cannot is not tested on it, and the report says so. */
export interface AppKekCapabilities {
  /** Whether it notices a blob or context that was changed. An emulator that XORs does not. */
  readonly authenticates: boolean;
}

/** A slot that is active now, with its key. */
export async function slotWithKey(keyMaker: KeyMaker, nowS: number, app = 'shop'): Promise<UsableSlot> {
  const dates = datesAt(nowS);
  const { arn } = await keyMaker.create(app, dates);
  return { ...dates, app, state: 'ready', keyArn: arn, tagSalt: randomBytes(32) };
}

/** Registers the contract's tests. `make` is called once; every test makes keys of its own. */
export function appKekContract(name: string, can: AppKekCapabilities, make: () => Promise<AppKeks>): void {
  describe(`${name} as an app KEK`, () => {
    let keks: AppKeks;
    beforeAll(async () => {
      keks = await make();
    });
    const aSlot = (app?: string) => slotWithKey(keks.keyMaker, keks.nowS(), app);
    const wraps = randomBytes(64 * 60);

    test('gives back what it wrapped for a bundle of 64 fields', async () => {
      const slot = await aSlot();
      const context = contextIn(slot);
      const wrapped = await keks.appKek.wrap(slot, context, wraps);
      expect(await keks.appKek.unwrap(slot, context, wrapped)).toEqual(wraps);
    });

    test(`wraps ${MAX_WRAP_BYTES} bytes and refuses one more`, async () => {
      const slot = await aSlot();
      const context = contextIn(slot);
      await keks.appKek.wrap(slot, context, Buffer.alloc(MAX_WRAP_BYTES, 1));
      await expect(keks.appKek.wrap(slot, context, Buffer.alloc(MAX_WRAP_BYTES + 1, 1))).rejects.toMatchObject({
        code: 'too-large',
      });
    });

    test("leaves the bytes that it wraps as they are: they are the caller's", async () => {
      const slot = await aSlot();
      const mine = randomBytes(60);
      const copy = Buffer.from(mine);
      await keks.appKek.wrap(slot, contextIn(slot), mine);
      expect(mine).toEqual(copy);
    });

    test('never gives the same blob twice', async () => {
      const slot = await aSlot();
      const [one, another] = await Promise.all([1, 2].map(() => keks.appKek.wrap(slot, contextIn(slot), wraps)));
      expect(one?.equals(another ?? Buffer.alloc(0))).toBe(false);
    });

    test('refuses an empty and an oversized blob without asking', async () => {
      const slot = await aSlot();
      for (const bytes of [0, 6145]) {
        await expect(keks.appKek.unwrap(slot, contextIn(slot), Buffer.alloc(bytes, 1))).rejects.toMatchObject({
          code: 'app-kek-mismatch',
        });
      }
    });

    test.runIf(can.authenticates)(
      'refuses a blob of another key with `app-kek-mismatch` (needs a KMS that authenticates)',
      async () => {
        const [mine, other] = [await aSlot('shop'), await aSlot('bank')];
        const context = contextIn(mine);
        const wrapped = await keks.appKek.wrap(mine, context, wraps);
        await expect(keks.appKek.unwrap(other, context, wrapped)).rejects.toMatchObject({ code: 'app-kek-mismatch' });
      },
    );

    test.runIf(can.authenticates)(
      'refuses a changed blob with `app-kek-mismatch` (needs a KMS that authenticates)',
      async () => {
        const slot = await aSlot();
        const context = contextIn(slot);
        const wrapped = await keks.appKek.wrap(slot, context, randomBytes(60));
        for (let at = 0; at < wrapped.length; at += 1) {
          const changed = Buffer.from(wrapped);
          changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
          await expect(keks.appKek.unwrap(slot, context, changed)).rejects.toMatchObject({ code: 'app-kek-mismatch' });
        }
      },
    );

    test.runIf(can.authenticates)(
      "refuses another bundle's context with `app-kek-mismatch` (needs a KMS that authenticates)",
      async () => {
        const slot = await aSlot();
        const context = contextIn(slot);
        const wrapped = await keks.appKek.wrap(slot, context, wraps);
        const others = [{ app: 'bank' }, { slot: String(slot.slot + 1) }, { b: contextIn(slot).b }];
        for (const other of others) {
          await expect(keks.appKek.unwrap(slot, { ...context, ...other }, wrapped)).rejects.toMatchObject({
            code: 'app-kek-mismatch',
          });
        }
      },
    );

    test('refuses a key that never was with `app-kek-refused`', async () => {
      const slot = await aSlot();
      const gone = { ...slot, keyArn: slot.keyArn.replace(/[^/]+$/, '00000000-0000-4000-8000-000000000000') };
      await expect(keks.appKek.wrap(gone, contextIn(slot), wraps)).rejects.toMatchObject({ code: 'app-kek-refused' });
    });

    test('refuses a destroyed key with `app-kek-refused`, both ways', async () => {
      const slot = await aSlot();
      const context = contextIn(slot);
      const wrapped = await keks.appKek.wrap(slot, context, wraps);
      await keks.keyMaker.destroy(slot.keyArn);
      const refused = { code: 'app-kek-refused' };
      await expect(keks.appKek.wrap(slot, context, wraps)).rejects.toMatchObject(refused);
      await expect(keks.appKek.unwrap(slot, context, wrapped)).rejects.toMatchObject(refused);
    });
  });

  describe(`${name} as a maker of app KEKs`, () => {
    let keks: AppKeks;
    beforeAll(async () => {
      keks = await make();
    });

    const listed = async () => {
      const keys = new Map<string, MadeKey>();
      for await (const key of keks.keyMaker.list(new Set())) keys.set(key.arn, key);
      return keys;
    };

    test('lists the keys it made with app, slot and T2', async () => {
      const dates = datesAt(keks.nowS());
      const { arn } = await keks.keyMaker.create('shop', dates);
      expect((await listed()).get(arn)).toEqual({
        ...{ arn, app: 'shop', slot: dates.slot },
        decryptUntilS: dates.decryptUntilS,
      });
    });

    test('makes a key of its own for each call', async () => {
      const dates = datesAt(keks.nowS());
      const [one, another] = [await keks.keyMaker.create('shop', dates), await keks.keyMaker.create('shop', dates)];
      expect(one.arn).not.toBe(another.arn);
    });

    test('calls a key healthy until it is destroyed, and does not list it from then on', async () => {
      const { arn } = await keks.keyMaker.create('shop', datesAt(keks.nowS()));
      expect(await keks.keyMaker.isHealthy(arn)).toBe(true);
      await keks.keyMaker.destroy(arn);
      expect(await keks.keyMaker.isHealthy(arn)).toBe(false);
      expect((await listed()).has(arn)).toBe(false);
    });

    test('destroys a key that is pending deletion or gone without complaint', async () => {
      const { arn } = await keks.keyMaker.create('shop', datesAt(keks.nowS()));
      const destroyed = await keks.keyMaker.destroy(arn);
      expect(destroyed).toMatchObject({ arn });
      expect((destroyed?.goneAtS ?? 0) - (destroyed?.createdAtS ?? 0)).toBeGreaterThanOrEqual(7 * 24 * 3600);
      const again = await keks.keyMaker.destroy(arn);
      expect(again).toMatchObject({ arn, createdAtS: destroyed?.createdAtS });
      // An emulator that accepts a second deletion counts the days anew.
      expect((again?.goneAtS ?? 0) - (destroyed?.goneAtS ?? 0)).toBeLessThanOrEqual(2);
      const gone = arn.replace(/[^/]+$/, '00000000-0000-4000-8000-000000000000');
      expect(await keks.keyMaker.destroy(gone)).toBeUndefined();
    });

    test('calls a key that never was unhealthy', async () => {
      const { arn } = await keks.keyMaker.create('shop', datesAt(keks.nowS()));
      expect(await keks.keyMaker.isHealthy(arn.replace(/[^/]+$/, '00000000-0000-4000-8000-000000000000'))).toBe(false);
    });
  });
}

function datesAt(nowS: number): SlotDates {
  return slotDates(nowS - 60, nowS + 3600, DEFAULT_LIFE);
}

function contextIn({ app, slot }: Pick<BundlePlace, 'app' | 'slot'>) {
  return wrapContext({ app, slot }, randomBytes(14).toString('base64url'));
}
