// What every app KEK does, whatever is behind it.

import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { wrapContext } from '../../../vault/domain/envelope/context.ts';
import { MAX_BUCKETS } from '../../../vault/domain/kek-life/bucket.ts';
import type { UsableSlot } from '../../../vault/domain/kek-life/ring.ts';
import { type AppKek, MAX_WRAP_BYTES } from '../../../vault/ports/app-kek.ts';
import type { KeyMaker } from '../../../vault/ports/key-maker.ts';
import { activeDates } from './key-maker-contract.ts';

/** What is tested. Keys are made, used and destroyed through the ports only. */
export interface AppKeks {
  readonly appKek: AppKek;
  /** May destroy a key at any time. */
  readonly keyMaker: KeyMaker;
  /** Now, in seconds, by the clock of the keys. */
  readonly nowS: () => number;
}

/** What the backing can do. Claims that it cannot keep are skipped, and the report shows it. */
export interface AppKekCapabilities {
  /** Whether it notices a changed blob or context. An emulator that XORs does not. */
  readonly authenticates: boolean;
}

/** A slot that is active now, with its key. */
export async function slotWithKey(keyMaker: KeyMaker, nowS: number, app = 'shop'): Promise<UsableSlot> {
  const dates = activeDates(nowS);
  const { arn } = await keyMaker.create({ app }, dates);
  return { ...dates, holder: { app }, state: 'ready', keyArn: arn, salt: randomBytes(32) };
}

/** Registers the contract's tests. `make` is called once; every test makes its own keys. */
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

    test('does not change the bytes that it wraps', async () => {
      const slot = await aSlot();
      const given = randomBytes(60);
      const copy = Buffer.from(given);
      await keks.appKek.wrap(slot, contextIn(slot), given);
      expect(given).toEqual(copy);
    });

    test('gives another blob each time', async () => {
      const slot = await aSlot();
      const [one, another] = await Promise.all([1, 2].map(() => keks.appKek.wrap(slot, contextIn(slot), wraps)));
      expect(one?.equals(another ?? Buffer.alloc(0))).toBe(false);
    });

    test('refuses an empty and an oversized blob', async () => {
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
        // Of one app and slot, so that only the key differs.
        const [mine, other] = [await aSlot(), await aSlot()];
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
      "refuses another bundle's context, and another app, slot or bucket (needs a KMS that authenticates)",
      async () => {
        const slot = await aSlot();
        const context = contextIn(slot);
        const wrapped = await keks.appKek.wrap(slot, context, wraps);
        const openIn = (other: object) => keks.appKek.unwrap(slot, { ...context, ...other }, wrapped);
        await expect(openIn({ b: contextIn(slot).b })).rejects.toMatchObject({ code: 'app-kek-mismatch' });
        // Where the key's policy is judged too, it refuses these before the blob is looked at.
        for (const other of [
          { app: 'bank' },
          { slot: String(slot.slot + 1) },
          { x: '1' },
          { x: String(MAX_BUCKETS) },
        ]) {
          await expect(openIn(other)).rejects.toMatchObject({
            code: expect.stringMatching(/^app-kek-(mismatch|refused)$/),
          });
        }
      },
    );

    test('refuses a key that does not exist with `app-kek-refused`', async () => {
      const slot = await aSlot();
      const gone = { ...slot, keyArn: slot.keyArn.replace(/[^/]+$/, '00000000-0000-4000-8000-000000000000') };
      await expect(keks.appKek.wrap(gone, contextIn(slot), wraps)).rejects.toMatchObject({ code: 'app-kek-refused' });
    });

    test('says when it refused, by its own clock', async () => {
      const slot = await aSlot();
      await keks.keyMaker.destroy(slot.keyArn);
      const fromS = keks.nowS();
      const error: unknown = await keks.appKek.wrap(slot, contextIn(slot), wraps).catch((thrown: unknown) => thrown);
      const { refusedAtS } = error as { refusedAtS?: number };
      expect(refusedAtS).toBeGreaterThanOrEqual(fromS);
      expect(refusedAtS).toBeLessThanOrEqual(keks.nowS());
    });

    test('neither wraps nor unwraps under a destroyed key: `app-kek-refused`', async () => {
      const slot = await aSlot();
      const context = contextIn(slot);
      const wrapped = await keks.appKek.wrap(slot, context, wraps);
      await keks.keyMaker.destroy(slot.keyArn);
      const refused = { code: 'app-kek-refused' };
      await expect(keks.appKek.wrap(slot, context, wraps)).rejects.toMatchObject(refused);
      await expect(keks.appKek.unwrap(slot, context, wrapped)).rejects.toMatchObject(refused);
    });
  });
}

/** The context of another bundle each time, of one that expires in the first bucket. */
function contextIn(slot: UsableSlot) {
  return wrapContext('shop', slot, randomBytes(15).toString('base64url'), 0);
}
