// The app KEK, which wraps and unwraps the inner wraps of a bundle. Today it is a KMS key; another kind would fit this port.

import type { WrapContext } from '../domain/envelope/context.ts';
import type { UsableSlot } from '../domain/kek-life/ring.ts';

/**
 * Use of one slot's app KEK.
 *
 * Both methods throw DaykeyError `app-kek-refused` when the key's dates, state or policy forbid the call, with
 * `refusedAtS` by the backing's own clock where it tells the time, and `unavailable` when the backing is throttled or
 * broken.
 */
export interface AppKek {
  /** Wraps at most {@link MAX_WRAP_BYTES} bytes, bound to the context. The caller owns both buffers. */
  wrap(slot: UsableSlot, context: WrapContext, innerWraps: Buffer): Promise<Buffer>;
  /** Returns the inner wraps, which the caller zero-fills. @throws DaykeyError `app-kek-mismatch` for a changed blob or context. */
  unwrap(slot: UsableSlot, context: WrapContext, wrapped: Buffer): Promise<Buffer>;
}

/** Most bytes that one call wraps (AWS KMS API reference, Encrypt). */
export const MAX_WRAP_BYTES = 4096;

/** Most calls of one request that run at the same time: a request of many bundles takes no one else's share of KMS. */
export const MAX_APP_KEK_CALLS_AT_ONCE = 16;
