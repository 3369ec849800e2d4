// When a value that is sealed now expires.

import { MIN_TTL_SECONDS } from '../../../wire/limits.ts';
import { DaykeyError } from '../errors.ts';
import { maxTtlAt } from './ring.ts';
import type { SlotDates } from './slot.ts';

/** What a caller asks of a value's life. */
export interface RequestedLife {
  /** Seconds, 60 up to what the app allows. @default the app's */
  readonly ttlSeconds?: number | undefined;
  /** No expiry after this second since 1970; may be closer than 60 s. */
  readonly notAfterS?: number | undefined;
}

/**
 * The expiry, in seconds since 1970. A life that is too long is an error, never shortened; `notAfterS` may shorten it
 * as far as the next second.
 *
 * @throws DaykeyError `ttl-out-of-range`
 */
export function expiryFor(
  { ttlSeconds, notAfterS }: RequestedLife,
  slot: SlotDates,
  defaultTtlS: number,
  nowS: number,
): number {
  checkTtl(ttlSeconds, slot, nowS);
  const expiresAtS = nowS + (ttlSeconds ?? Math.min(defaultTtlS, maxTtlAt(slot, nowS)));
  if (notAfterS === undefined || notAfterS >= expiresAtS) return expiresAtS;
  if (notAfterS > nowS) return notAfterS;
  const message = 'notAfter is in the past: nothing would be readable';
  throw new DaykeyError('ttl-out-of-range', message, { paths: ['notAfter'] });
}

/** @throws DaykeyError `ttl-out-of-range` for a time to live that the slot does not allow now. */
export function checkTtl(ttlSeconds: number | undefined, slot: SlotDates, nowS: number): void {
  const maxTtlS = maxTtlAt(slot, nowS);
  if (ttlSeconds === undefined || (ttlSeconds >= MIN_TTL_SECONDS && ttlSeconds <= maxTtlS)) return;
  const message = `ttlSeconds must be ${MIN_TTL_SECONDS} to ${maxTtlS} for this app now`;
  throw new DaykeyError('ttl-out-of-range', message, { paths: ['ttlSeconds'] });
}
