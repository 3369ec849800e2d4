// The key ring: settings and slots of every app. Holds ARNs, dates and salts; never a key.

import type { DaykeyError } from '../domain/errors.ts';
import type { AppRing, RingSlot } from '../domain/kek-life/ring.ts';
import type { SlotDates } from '../domain/kek-life/slot.ts';
import type { AppSettings } from '../domain/settings.ts';

/** Reading the ring. @throws DaykeyError `unavailable` when the store cannot answer. */
export interface KeyRing {
  /**
   * Settings and slots of one app in one strongly consistent read; `undefined` for an app that was never set up.
   *
   * @throws DaykeyError `settings-unreadable` when the stored settings are malformed.
   */
  read(app: string): Promise<AppRing | undefined>;
}

/**
 * Changing the ring: only the rotator and the app's set-up do. Every change is conditional on what the caller
 * has read, so two writers never both win. @throws DaykeyError `conflict` when the row has changed.
 */
export interface KeyRingWriter extends KeyRing {
  /**
   * Every app's ring, one at a time.
   *
   * @param onUnreadable is called for each app whose stored settings are malformed; such an app is left out.
   */
  all(onUnreadable?: (error: DaykeyError) => void): AsyncIterable<AppRing>;
  /** Creates or replaces the settings of an app, and the rows by which {@link TrustedRoles} finds its roles. */
  configure(settings: AppSettings): Promise<void>;
  /**
   * Takes the slot for `owner` until `untilS`: a new one, or one still without a proven key whose lease has run
   * out at `nowS`, or is the owner's own. A slot taken over keeps its dates, state and key, and those are returned.
   */
  claim(app: string, dates: SlotDates, lease: { owner: string; untilS: number }, nowS: number): Promise<RingSlot>;
  /** Records the key that `owner` made for a slot that it has claimed. */
  recordKey(app: string, slot: number, owner: string, keyArn: string, tagSalt: Buffer): Promise<void>;
  /** Declares the slot fit for use: its canary has passed. */
  markReady(app: string, slot: number, owner: string): Promise<void>;
  /** Takes a ready slot out of encryption because KMS no longer serves it. */
  markLost(app: string, slot: number): Promise<void>;
  /** Notes that the key's deletion is scheduled, and forgets its salt. Saying it twice is fine. */
  markDestroyed(app: string, slot: number): Promise<void>;
  /** Removes a slot that never had a key and whose lease has run out at `nowS`, or whose key has long been destroyed. */
  forget(app: string, slot: number, nowS: number): Promise<void>;
}
