// The app KEK: what wraps and unwraps the inner wraps of a bundle. Today a KMS key; another backing fits the same port.

import type { WrapContext } from '../domain/envelope/bundle.ts';
import type { UsableSlot } from '../domain/kek-life/ring.ts';

/**
 * Use of one slot's app KEK.
 *
 * Both methods throw DaykeyError `app-kek-refused` when the key's dates, state or policy forbid the call,
 * and `unavailable` when the backing is throttled or broken.
 */
export interface AppKek {
  /** Wraps at most 4,096 bytes under the slot's key, bound to the context. The caller owns both buffers. */
  wrap(slot: UsableSlot, context: WrapContext, innerWraps: Buffer): Promise<Buffer>;
  /** Gives the inner wraps back; the caller zero-fills them. @throws DaykeyError `app-kek-mismatch` on a changed blob or context. */
  unwrap(slot: UsableSlot, context: WrapContext, wrapped: Buffer): Promise<Buffer>;
}

/** What one app KEK call takes, in bytes (AWS KMS API reference, Encrypt). */
export const MAX_WRAP_BYTES = 4096;
