// What every canary does, whichever way it reaches the functions.

import { beforeAll, describe, expect, test } from 'vitest';
import type { WrapContext } from '../../../vault/domain/envelope/context.ts';
import { DEFAULT_LIFE } from '../../../vault/domain/kek-life/life.ts';
import type { UsableSlot } from '../../../vault/domain/kek-life/ring.ts';
import { slotDates } from '../../../vault/domain/kek-life/slot.ts';
import { memoryKeyRing } from '../../../vault/memory/key-ring.ts';
import { memoryKms } from '../../../vault/memory/kms.ts';
import type { AppKek } from '../../../vault/ports/app-kek.ts';
import type { Canary, NewKey } from '../../../vault/ports/key-maker.ts';
import { storeSettings } from '../store-settings.ts';
import { NOW_S } from './bundles.ts';

/** What is tested, and slots to try it on. */
export interface TriedSlots {
  readonly canary: Canary;
  readonly app: string;
  /** Slot whose key encrypts and decrypts. */
  readonly sound: number;
  /** Slot whose key KMS does not show yet. */
  readonly invisible: number;
  /** Slot whose key works in any context: KMS judges no policy. */
  readonly lawless: number;
  /** The same, and the ring says so. */
  readonly knownLawless: number;
  /** Slot that the ring has no key for. */
  readonly withoutKey: number;
  /** Slot whose key encrypts, and decrypts to something else. */
  readonly halfBroken: number;
}

/** Registers the contract's tests. `make` is called once. */
export function canaryContract(name: string, make: () => Promise<TriedSlots>): void {
  describe(`${name} as a canary`, () => {
    let tried: TriedSlots;
    beforeAll(async () => {
      tried = await make();
    });

    test('passes where a value comes back', async () => {
      expect(await tried.canary.passes({ app: tried.app }, tried.sound)).toBe(true);
    });

    test('does not pass, and does not throw, for a key that KMS does not show yet', async () => {
      expect(await tried.canary.passes({ app: tried.app }, tried.invisible)).toBe(false);
    });

    test('does not pass for a slot without a key, a slot that does not exist, or an app that does not', async () => {
      expect(await tried.canary.passes({ app: tried.app }, tried.withoutKey)).toBe(false);
      expect(await tried.canary.passes({ app: tried.app }, 1)).toBe(false);
      expect(await tried.canary.passes({ app: 'nobody' }, tried.sound)).toBe(false);
    });

    test('does not pass where KMS accepts a bucket that the slot does not have, unless the ring knows it', async () => {
      expect(await tried.canary.passes({ app: tried.app }, tried.lawless)).toBe(false);
      expect(await tried.canary.passes({ app: tried.app }, tried.knownLawless)).toBe(true);
    });

    test('does not pass where another value comes back', async () => {
      expect(await tried.canary.passes({ app: tried.app }, tried.halfBroken)).toBe(false);
    });
  });
}

/** A ring with a slot of each kind, and what the two functions do about them. */
export async function slotsToTry() {
  let nowMs = NOW_S * 1000;
  const kms = memoryKms({ clock: () => nowMs, visibleAfterMs: 5000 });
  const keyRing = memoryKeyRing();
  const app = 'shop';
  await storeSettings(keyRing, { app, life: DEFAULT_LIFE, defaultTtlS: 3600, integrations: {}, state: 'live' });
  const lease = { owner: 'rotator', untilS: NOW_S + 300 };
  const aSlot = async (slot: number, hasKey = true, key: Omit<NewKey, 'arn'> = {}) => {
    const dates = slotDates(slot, NOW_S + 3600, DEFAULT_LIFE);
    await keyRing.claim({ app }, dates, lease, NOW_S);
    if (hasKey) {
      const { arn } = await kms.keyMaker('rotate').create({ app }, dates);
      await keyRing.recordKey({ app }, slot, lease.owner, { arn, ...key }, Buffer.alloc(32));
    }
    return slot;
  };
  const [sound, halfBroken] = [await aSlot(NOW_S), await aSlot(NOW_S - 10)];
  const [lawless, knownLawless] = [await aSlot(NOW_S - 40), await aSlot(NOW_S - 50, true, { ignoresContext: true })];
  nowMs += 5000;
  const [invisible, withoutKey] = [await aSlot(NOW_S - 20), await aSlot(NOW_S - 30, false)];
  const real = kms.appKek();
  // A KMS that judges no policy takes every bucket for the first.
  const seen = (slot: UsableSlot, context: WrapContext) =>
    slot.slot === lawless || slot.slot === knownLawless ? { ...context, x: '0' } : context;
  const appKek: AppKek = {
    wrap: (slot, context, innerWraps) => real.wrap(slot, seen(slot, context), innerWraps),
    async unwrap(slot, context, wrapped) {
      const value = await real.unwrap(slot, seen(slot, context), wrapped);
      return slot.slot === halfBroken ? Buffer.alloc(value.length) : value;
    },
  };
  const untilVisible = () => {
    nowMs += 5000;
  };
  return {
    deps: { keyRing, appKek, keyMaker: kms.keyMaker('rotate') },
    untilVisible,
    app,
    sound,
    halfBroken,
    lawless,
    knownLawless,
    invisible,
    withoutKey,
  };
}
