// The key ring: settings and slots of every app. Holds ARNs, dates and salts; never a key.

import type { AppRecord } from '../domain/app-record.ts';
import type { KeyHolder } from '../domain/kek-life/holder.ts';
import type { AppRing, HolderRing, RingSlot } from '../domain/kek-life/ring.ts';
import type { SlotDates } from '../domain/kek-life/slot.ts';
import type { Upkeep, UpkeepChange } from '../domain/kek-life/upkeep.ts';
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

/** Due before any date: at once. */
export const AT_ONCE_S = 0;

/** A holder that is or was due. The shards may be behind: only its ring says whether it still is. */
export interface DueHolder {
  readonly holder: KeyHolder;
  /** Seconds since 1970, or {@link AT_ONCE_S}. */
  readonly dueAtS: number;
}

/** The ring of a holder, and when the rotator is to look at it. */
export interface PlannedRing extends HolderRing {
  /** Seconds since 1970, or {@link AT_ONCE_S}; `undefined` when nothing is ever to come. */
  readonly dueAtS: number | undefined;
  /** Names life and retirement: it changes with them, and not with the date. */
  readonly revision: string;
}

/** When holders are due. @throws DaykeyError `unavailable` from every method. */
export interface Plans {
  /** Holders of one shard ({@link dueShard}) that are due at `nowS`, page by page, those that have waited longest first. */
  due(shard: number, nowS: number): AsyncIterable<readonly DueHolder[]>;
  /**
   * The ring of a holder by a strongly consistent read; `undefined` for one without a plan.
   *
   * @throws DaykeyError `settings-unreadable` when the plan is malformed.
   */
  planned(holder: KeyHolder): Promise<PlannedRing | undefined>;
  /** Sets what the keys of a holder are made for, and makes it due at once. Replaces a malformed plan too. */
  plan(change: UpkeepChange): Promise<void>;
  /**
   * Sets when a holder is due next; `undefined` for never.
   *
   * @throws DaykeyError `conflict` when {@link Plans.plan} came in between: the holder is still due.
   */
  planNext(ring: PlannedRing, dueAtS: number | undefined): Promise<void>;
}

/** One row of the ring, as a look through all of them finds it. */
export type RingRow =
  /** An app with settings, and what it asks of the keys of its holder. */
  | ({ readonly kind: 'app'; readonly app: string } & UpkeepChange)
  /** An app whose settings are malformed, and where. */
  | { readonly kind: 'unreadable-app'; readonly app: string; readonly paths: readonly string[] }
  /** A plan; without an upkeep when it is malformed, and without a date when {@link Plans.due} never gives it. */
  | {
      readonly kind: 'plan';
      readonly holder: KeyHolder;
      readonly upkeep: Upkeep | undefined;
      readonly dueAtS: number | undefined;
    }
  | ({ readonly kind: 'slot' } & Pick<RingSlot, 'holder' | 'slot' | 'state' | 'keyArn'>);

/**
 * Changing the ring, for the rotator and for setting up apps. Every change of a slot depends on a condition, so of two
 * writers at most one succeeds. @throws DaykeyError `conflict` when the condition does not hold.
 */
export interface KeyRingWriter extends KeyRing, KeySlots, Plans {
  /** Every row that is well-formed or a malformed app or plan, page by page, in no order. It is no snapshot. */
  rows(): AsyncIterable<readonly RingRow[]>;
  /** The record of an app; `undefined` for one that was never set up. What cannot be read of it is left out, to be replaced. */
  readRecord(app: string): Promise<AppRecord | undefined>;
  /**
   * Replaces the record that was read, a new one included, and the rows by which {@link TrustedRoles} and {@link AppViewers} find
   * the roles and the viewers of its settings. An app that needs a secret has one before. Plans nothing: `storeApp` does.
   * Returns the record with its new version.
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
  /** Marks the slot as ready for use: its canary has passed. May be repeated. */
  markReady(holder: KeyHolder, slot: number, owner: string): Promise<void>;
  /** Marks a ready slot as lost, because KMS no longer serves its key. It then no longer encrypts. May be repeated. */
  markLost(holder: KeyHolder, slot: number): Promise<void>;
  /** Marks the slot's key as destroyed, notes when KMS deletes it, and deletes the salt. May be repeated. */
  markDestroyed(holder: KeyHolder, slot: number, goneAtS?: number): Promise<void>;
  /** Removes a slot whose key is destroyed, or that has no key and whose lease has ended at `nowS`. May be repeated. */
  forget(holder: KeyHolder, slot: number, nowS: number): Promise<void>;
}
