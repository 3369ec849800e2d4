// The two halves of the canary: each uses the key of the ring, and neither lets the value out.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { WrapContext } from '../../../../../vault/domain/envelope/context.ts';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import type { UsableSlot } from '../../../../../vault/domain/kek-life/ring.ts';
import { canaryUnwrap, canaryWrap } from '../../../../../vault/usecases/keys/canary.ts';
import { NOW_S } from '../../../../support/contracts/bundles.ts';
import { slotsToTry } from '../../../../support/contracts/canary-contract.ts';
import { activeDates } from '../../../../support/contracts/key-maker-contract.ts';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Both halves, and what the app KEK took from them. */
async function halves() {
  const { deps, untilVisible, app, sound, withoutKey } = await slotsToTry();
  const seen: { method: string; keyArn: string; context: WrapContext; value: Buffer }[] = [];
  const { wrap, unwrap } = deps.appKek;
  const watched = {
    ...deps,
    appKek: {
      async wrap(slot: UsableSlot, context: WrapContext, value: Buffer) {
        const copy = Buffer.from(value);
        const wrapped = await wrap(slot, context, value);
        seen.push({ method: 'wrap', keyArn: slot.keyArn, context, value: copy });
        return wrapped;
      },
      async unwrap(slot: UsableSlot, context: WrapContext, wrapped: Buffer) {
        const value = await unwrap(slot, context, wrapped);
        seen.push({ method: 'unwrap', keyArn: slot.keyArn, context, value: Buffer.from(value) });
        return value;
      },
    },
  };
  const row = (await deps.keyRing.read(app))?.slots.find(({ slot }) => slot === sound);
  if (row === undefined) throw new Error('the ring has no sound slot');
  const { keyArn, bucketCount } = row;
  return { deps: watched, seen, untilVisible, app, sound, withoutKey, keyArn, bucketCount };
}

describe('the canary', () => {
  test('wraps 32 new random bytes each time, and answers their digest and the blob only', async () => {
    const { deps, seen, app, sound } = await halves();
    const [one, other] = [
      await canaryWrap(deps, { holder: { app }, slot: sound }),
      await canaryWrap(deps, { holder: { app }, slot: sound }),
    ];
    expect(Object.keys(one)).toEqual(['digest', 'wrapped']);
    expect(seen.map(({ value }) => value.length)).toEqual([32, 32]);
    expect([one.digest, other.digest]).toEqual(seen.map(({ value }) => sha256(value)));
    expect(one.digest).not.toBe(other.digest);
    expect(Buffer.from(one.wrapped ?? '', 'base64').includes(seen[0]?.value ?? '-')).toBe(false);
  });

  test('unwraps what was wrapped, and answers its digest only', async () => {
    const { deps, app, sound } = await halves();
    const { digest, wrapped = '' } = await canaryWrap(deps, { holder: { app }, slot: sound });
    expect(await canaryUnwrap(deps, { holder: { app }, slot: sound, wrapped })).toEqual({ digest });
  });

  test('uses the key of the ring, in a context that no bundle has', async () => {
    const { deps, seen, app, sound, keyArn, bucketCount } = await halves();
    const { wrapped = '' } = await canaryWrap(deps, { holder: { app }, slot: sound });
    await canaryUnwrap(deps, { holder: { app }, slot: sound, wrapped });
    const context = { v: '2', app, pool: 'own', slot: String(sound), b: 'canary', x: String(bucketCount - 1) };
    expect(seen).toMatchObject([
      { method: 'wrap', keyArn, context },
      { method: 'unwrap', keyArn, context },
    ]);
  });

  test("tries a pool's key with an app that does not exist", async () => {
    const { deps, seen, untilVisible } = await halves();
    const holder = { pool: 3 };
    const dates = activeDates(NOW_S);
    const { arn } = await deps.keyMaker.create(holder, dates);
    await deps.keyRing.claim(holder, dates, { owner: 'rotator', untilS: NOW_S + 300 }, NOW_S);
    await deps.keyRing.recordKey(holder, dates.slot, 'rotator', { arn }, Buffer.alloc(32));
    untilVisible();
    const { digest, wrapped = '' } = await canaryWrap(deps, { holder, slot: dates.slot });
    expect(await canaryUnwrap(deps, { holder, slot: dates.slot, wrapped })).toEqual({ digest });
    expect(seen.map(({ context }) => [context.app, context.pool])).toEqual([
      ['-', '3'],
      ['-', '3'],
    ]);
  });

  test.each(['wrap', 'unwrap'] as const)(
    'does not %s for a slot without a key, or an app that does not exist',
    async (half) => {
      const { deps, app, sound, withoutKey } = await halves();
      const run = half === 'wrap' ? canaryWrap : canaryUnwrap;
      for (const event of [
        { holder: { app }, slot: withoutKey },
        { holder: { app }, slot: 1 },
        { holder: { app: 'nobody' }, slot: sound },
      ]) {
        await expect(run(deps, event)).rejects.toMatchObject({
          code: 'not-found',
          message: 'the ring has no key for this slot',
        });
      }
    },
  );

  test.each(['wrap', 'unwrap'] as const)('does not pass a key whose policy %ss every bucket', async (half) => {
    const { deps, app, sound } = await halves();
    const { wrapped = '' } = await canaryWrap(deps, { holder: { app }, slot: sound });
    const lax = { ...deps, appKek: { wrap: async () => Buffer.alloc(64), unwrap: async () => Buffer.alloc(32) } };
    const tried =
      half === 'wrap'
        ? canaryWrap(lax, { holder: { app }, slot: sound })
        : canaryUnwrap(lax, { holder: { app }, slot: sound, wrapped });
    await expect(tried).rejects.toThrow('no policy is in force');
  });

  test('asks a key that ignores the context for no bucket beyond its last', async () => {
    const { deps, seen, app, sound } = await halves();
    const keyRing = {
      slotsOf: async () =>
        (await deps.keyRing.slotsOf({ app })).map((slot) => ({ ...slot, ignoresContext: true as const })),
    };
    const { wrapped = '' } = await canaryWrap({ ...deps, keyRing }, { holder: { app }, slot: sound });
    await canaryUnwrap({ ...deps, keyRing }, { holder: { app }, slot: sound, wrapped });
    expect(seen.map(({ method }) => method)).toEqual(['wrap', 'unwrap']);
    const lax = { ...deps.appKek, wrap: async () => Buffer.alloc(64) };
    await canaryWrap({ ...deps, keyRing, appKek: lax }, { holder: { app }, slot: sound });
  });

  test('does not take a failure of KMS for its refusal of a bucket', async () => {
    const { deps, app, sound } = await halves();
    const unavailable = new DaykeyError('unavailable', 'throttled');
    let calls = 0;
    const wrap = async () => {
      calls += 1;
      return calls === 1 ? Buffer.alloc(64) : await Promise.reject(unavailable);
    };
    const throttled = { ...deps, appKek: { ...deps.appKek, wrap } };
    await expect(canaryWrap(throttled, { holder: { app }, slot: sound })).rejects.toBe(unavailable);
  });

  test('does not unwrap without a blob', async () => {
    const { deps, app, sound } = await halves();
    await expect(canaryUnwrap(deps, { holder: { app }, slot: sound })).rejects.toMatchObject({
      code: 'app-kek-mismatch',
    });
  });
});
