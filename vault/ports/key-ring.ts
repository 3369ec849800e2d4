// The key ring: settings and slots of every app. Holds ARNs, dates and salts; never a key.

import type { AppRecord } from '../domain/app-record.ts';
import type { DaykeyError } from '../domain/errors.ts';
import type { KeyHolder } from '../domain/kek-life/holder.ts';
import type { AppRing, RingSlot } from '../domain/kek-life/ring.ts';
import type { SlotDates } from '../domain/kek-life/slot.ts';
import type { NewKey } from './key-maker.ts';

/** Reading the ring. @throws DaykeyError `unavailable` when the store cannot answer. */
export interface KeyRing {
  /**
   * Settings and slots of one app by strongly consistent reads, side by side; `undefined` for an app that was never set up.
   *
   * @throws DaykeyError `settings-unreadable` when the stored settings are malformed.
   */
  read(app: string): Promise<AppRing | undefined>;
}

/** Reading the slots of one holder: an app's own, which its ring has too, or a pool's. @throws DaykeyError `unavailable`. */
export interface KeySlots {
  /** By a strongly consistent read, newest first; none for a holder without keys. */
  slotsOf(holder: KeyHolder): Promise<RingSlot[]>;
}

/**
 * Changing the ring, for the rotator and for setting up apps. Every change of a slot depends on a condition, so of two
 * writers at most one succeeds. @throws DaykeyError `conflict` when the condition does not hold.
 */
export interface KeyRingWriter extends KeyRing, KeySlots {
  /**
   * Every app's ring, one at a time.
   *
   * @param onUnreadable called with the app's name for each app whose stored settings are malformed, which is left out.
   */
  all(onUnreadable?: (app: string, error: DaykeyError) => void): AsyncIterable<AppRing>;
  /** The record of an app; `undefined` for one that was never set up. What cannot be read of it is left out, to be replaced. */
  readRecord(app: string): Promise<AppRecord | undefined>;
  /**
   * Replaces the record that was read, a new one included, and the rows by which {@link TrustedRoles} finds the roles of its settings. Returns it
   * with its new version.
   *
   * @throws DaykeyError `conflict` when another record was stored in the meantime; `settings-unreadable`, before anything is
   * stored, for settings that could not be read back.
   */
  storeRecord(record: AppRecord, read: AppRecord): Promise<AppRecord>;
  /**
   * Leases a slot to `owner` until `untilS`. The slot is new, or its key is not proven and its lease has ended at `nowS` or
   * belongs to the owner. Returns the slot; one that is taken over keeps its dates, state and key.
   */
  claim(holder: KeyHolder, dates: SlotDates, lease: { owner: string; untilS: number }, nowS: number): Promise<RingSlot>;
  /** Records the key that `owner` made for a slot it has claimed. */
  recordKey(holder: KeyHolder, slot: number, owner: string, key: NewKey, salt: Buffer): Promise<void>;
  /** Marks the slot as ready for use: its canary has passed. */
  markReady(holder: KeyHolder, slot: number, owner: string): Promise<void>;
  /** Marks a ready slot as lost, because KMS no longer serves its key. It then no longer encrypts. */
  markLost(holder: KeyHolder, slot: number): Promise<void>;
  /** Marks the slot's key as destroyed, notes when KMS deletes it, and deletes the salt. May be repeated. */
  markDestroyed(holder: KeyHolder, slot: number, goneAtS?: number): Promise<void>;
  /** Removes a slot whose key is destroyed, or that has no key and whose lease has ended at `nowS`. May be repeated. */
  forget(holder: KeyHolder, slot: number, nowS: number): Promise<void>;
}
