// An app's half of a pool's app KEK: a layer below KMS's, under keys that come from a secret of the app and the slot's salt.

import type { KeyObject } from 'node:crypto';
import { aesKey, gcmOpen, gcmSeal, KEY_BYTES } from './aes-gcm.ts';
import { CONTEXT_KEYS, type WrapContext } from './context.ts';
import { derive, hkdfExtract } from './derive.ts';

/** Bytes of an app's secret. */
export const APP_SECRET_BYTES = 32;

/** What one app has of one slot of a pool. Without it, nothing that the app sealed under the slot opens. */
export interface AppHalf {
  readonly app: string;
  /** Slot ID. */
  readonly slot: number;
  /** HKDF's pseudorandom key, from the secret and the salt. It stays in memory for as long as the ring is cached. */
  readonly prk: Buffer;
  /** 32 bytes that key the app's subject tags in this slot. */
  readonly tagSalt: Buffer;
}

/**
 * The half of an app.
 *
 * @param secret of the app, {@link APP_SECRET_BYTES}; the caller keeps it.
 * @param salt of the slot, 32 random bytes that are gone once the slot is destroyed, and every half of it with them.
 */
export function appHalf(app: string, slot: number, secret: Buffer, salt: Buffer): AppHalf {
  const prk = hkdfExtract(salt, secret);
  return { app, slot, prk, tagSalt: derive(prk, 'appHalfTagSalt', KEY_BYTES, placeBytes(slot, '', app)) };
}

/**
 * The inner wraps of a bundle under the app's half, 28 bytes longer: what KMS is to wrap.
 *
 * @param nonce 12 random bytes. The key is the bundle's own, so it is used once.
 */
export function sealUnderHalf(half: AppHalf, context: WrapContext, nonce: Buffer, innerWraps: Buffer): Buffer {
  return gcmSeal(bundleKey(half, context), nonce, innerWraps, contextBytes(context));
}

/** The inner wraps; `undefined` when another half, or another context, sealed them. */
export function openUnderHalf(half: AppHalf, context: WrapContext, sealed: Buffer): Buffer | undefined {
  return gcmOpen(bundleKey(half, context), sealed, contextBytes(context));
}

function bundleKey({ app, slot, prk }: AppHalf, { b }: WrapContext): KeyObject {
  const bytes = derive(prk, 'appHalfKey', KEY_BYTES, placeBytes(slot, b, app));
  try {
    return aesKey(bytes);
  } finally {
    bytes.fill(0);
  }
}

/** Slot in 8 bytes, length of the bundle ID in 1 byte, bundle ID, app. */
function placeBytes(slot: number, bundleId: string, app: string): Buffer {
  const numbers = Buffer.alloc(9);
  numbers.writeBigUInt64BE(BigInt(slot));
  numbers.writeUInt8(bundleId.length, 8);
  return Buffer.concat([numbers, Buffer.from(bundleId), Buffer.from(app)]);
}

/** The values of the context in the order of its keys, each after its length in 2 bytes. */
function contextBytes(context: WrapContext): Buffer {
  return Buffer.concat(
    CONTEXT_KEYS.flatMap((key) => {
      const value = Buffer.from(context[key]);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(value.length);
      return [length, value];
    }),
  );
}
