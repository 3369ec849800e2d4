// The app KEK with halves: an app's own slot as it is, a pool's with the app's half below KMS.

import { describe, expect, test } from 'vitest';
import { APP_SECRET_BYTES, appHalf } from '../../../../vault/domain/envelope/app-half.ts';
import { wrapContext } from '../../../../vault/domain/envelope/context.ts';
import type { UsableSlot } from '../../../../vault/domain/kek-life/ring.ts';
import { memoryKms } from '../../../../vault/memory/kms.ts';
import { withAppHalves } from '../../../../vault/usecases/app-halves.ts';
import { activeDates } from '../../../support/contracts/key-maker-contract.ts';
import { counted } from '../../../support/counting.ts';
import { bytesFrom } from '../../../support/envelope.ts';

const NOW_S = 1_800_000_000;
const WRAPS = bytesFrom('inner wraps', 120);
const POOL = { pool: 3 };

/** A pool's slot as two apps have it, and an app's own. */
async function slots() {
  const kms = memoryKms({ clock: () => NOW_S * 1000 });
  const dates = activeDates(NOW_S);
  const salt = bytesFrom('salt', 32);
  const slotOf = async (holder: UsableSlot['holder']): Promise<UsableSlot> => {
    const { arn } = await kms.keyMaker('rotate').create(holder, dates);
    return { ...dates, holder, state: 'ready', keyArn: arn, salt };
  };
  const pooled = await slotOf(POOL);
  const withHalf = (app: string): UsableSlot => ({
    ...pooled,
    half: () => appHalf(app, pooled.slot, bytesFrom(app, APP_SECRET_BYTES), salt),
  });
  const real = counted(kms.appKek());
  return { real, appKek: withAppHalves(real.port), own: await slotOf({ app: 'shop' }), pooled, withHalf };
}

const contextIn = (app: string, slot: UsableSlot, id = 'a'.repeat(20)) => wrapContext(app, slot, id, 0);

describe('an app KEK with halves', () => {
  test("leaves an app's own slot to KMS", async () => {
    const { appKek, own, real } = await slots();
    const context = contextIn('shop', own);
    const wrapped = await appKek.wrap(own, context, WRAPS);
    expect(await real.port.unwrap(own, context, wrapped)).toEqual(WRAPS);
    expect(await appKek.unwrap(own, context, wrapped)).toEqual(WRAPS);
  });

  test("adds the app's half to a pool's slot, with no call more", async () => {
    const { appKek, withHalf, real } = await slots();
    const slot = withHalf('shop');
    const context = contextIn('shop', slot);
    const wrapped = await appKek.wrap(slot, context, WRAPS);
    expect(await appKek.unwrap(slot, context, wrapped)).toEqual(WRAPS);
    expect(real.calls).toEqual(['wrap', 'unwrap']);
    const fromKms = await real.port.unwrap(slot, context, wrapped);
    expect([fromKms.length, fromKms.includes(WRAPS)]).toEqual([WRAPS.length + 28, false]);
  });

  test('draws another nonce each time', async () => {
    const { appKek, withHalf, real } = await slots();
    const slot = withHalf('shop');
    const context = contextIn('shop', slot);
    const sealed = async () => await real.port.unwrap(slot, context, await appKek.wrap(slot, context, WRAPS));
    const [one, other] = [await sealed(), await sealed()];
    expect(one.subarray(0, 12).equals(other.subarray(0, 12))).toBe(false);
  });

  test('leaves the bytes that it wraps to their owner', async () => {
    const { appKek, withHalf } = await slots();
    const slot = withHalf('shop');
    const mine = Buffer.from(WRAPS);
    await appKek.wrap(slot, contextIn('shop', slot), mine);
    expect(mine).toEqual(WRAPS);
  });

  test('opens nothing with the half of another app, as if the blob were changed', async () => {
    const { appKek, withHalf } = await slots();
    const context = contextIn('shop', withHalf('shop'));
    const wrapped = await appKek.wrap(withHalf('shop'), context, WRAPS);
    await expect(appKek.unwrap(withHalf('bank'), context, wrapped)).rejects.toMatchObject({
      code: 'app-kek-mismatch',
      message: "the half of the app KEK is not the one of this bundle's app",
    });
  });

  test("never uses a pool's slot without a half", async () => {
    const { appKek, pooled, real } = await slots();
    const context = contextIn('shop', pooled);
    await expect(appKek.wrap(pooled, context, WRAPS)).rejects.toThrow("without an app's half");
    await expect(appKek.unwrap(pooled, context, WRAPS)).rejects.toThrow("without an app's half");
    expect(real.calls).toEqual([]);
  });
});
