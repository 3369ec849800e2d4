// The app KEK of a pool's slot as one app has it: its half below the key in KMS, so that callers need not know of pools.

import { randomBytes } from 'node:crypto';
import { NONCE_BYTES } from '../domain/envelope/aes-gcm.ts';
import { type AppHalf, openUnderHalf, sealUnderHalf } from '../domain/envelope/app-half.ts';
import { DaykeyError } from '../domain/errors.ts';
import type { UsableSlot } from '../domain/kek-life/ring.ts';
import type { AppKek } from '../ports/app-kek.ts';

/** An {@link AppKek} that adds the app's half where the slot is a pool's. An app's own slot goes through unchanged. */
export function withAppHalves(appKek: AppKek): AppKek {
  return {
    async wrap(slot, context, innerWraps) {
      const half = halfFor(slot);
      if (half === undefined) return await appKek.wrap(slot, context, innerWraps);
      const sealed = sealUnderHalf(half, context, randomBytes(NONCE_BYTES), innerWraps);
      return await appKek.wrap(slot, context, sealed);
    },

    async unwrap(slot, context, wrapped) {
      const half = halfFor(slot);
      const unwrapped = await appKek.unwrap(slot, context, wrapped);
      if (half === undefined) return unwrapped;
      const innerWraps = openUnderHalf(half, context, unwrapped);
      if (innerWraps !== undefined) return innerWraps;
      throw new DaykeyError('app-kek-mismatch', "the half of the app KEK is not the one of this bundle's app");
    },
  };
}

/** The half that the slot needs; `undefined` for an app's own slot. */
function halfFor({ holder, half }: UsableSlot): AppHalf | undefined {
  if ('app' in holder) return undefined;
  if (half === undefined) throw new Error("a pool's slot was used without an app's half");
  return half();
}
