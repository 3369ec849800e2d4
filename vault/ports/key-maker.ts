// Makes and destroys app KEKs, for the rotator and for the retirement of an app. Neither can use the keys.

import type { KeyHolder } from '../domain/kek-life/holder.ts';
import type { SlotDates } from '../domain/kek-life/slot.ts';

/** A key of this stack, found by its tags. */
export interface MadeKey {
  readonly arn: string;
  readonly holder: KeyHolder;
  readonly slot: number;
  /** T2, in seconds since 1970. Before it, only the retirement of an app destroys its own key. */
  readonly decryptUntilS: number;
}

/** A key that was just made. */
export interface NewKey {
  readonly arn: string;
  /** Set where KMS, an emulator, does not judge encryption contexts: the key's policy leaves them out. */
  readonly ignoresContext?: true;
}

/** A key whose deletion is scheduled. Instants in seconds since 1970. */
export interface DestroyedKey {
  readonly arn: string;
  readonly createdAtS: number;
  /** KMS deletes the key material at this instant, or up to a day later. */
  readonly goneAtS: number;
}

/** @throws DaykeyError `unavailable` from every method when KMS is throttled or broken. */
export interface KeyMaker {
  /** Makes the key of a slot, with the slot's dates in its policy. Called once for each claim of a slot. */
  create(holder: KeyHolder, dates: SlotDates): Promise<NewKey>;
  /** Whether the key exists and is enabled. */
  isHealthy(arn: string): Promise<boolean>;
  /** Whether KMS says that the key does not exist. */
  isGone(arn: string): Promise<boolean>;
  /**
   * Schedules deletion with the window of the settings, or with the longest where a policy refuses that one. For a key that is
   * pending deletion, returns the same dates again; for one that is gone, `undefined`.
   *
   * @throws DaykeyError `app-kek-refused` with KMS's own words.
   */
  destroy(arn: string): Promise<DestroyedKey | undefined>;
  /**
   * Keys with this stack's tags that are not pending deletion, without those in `known`, which cost no calls. A new key shows up
   * late: usually after seconds.
   */
  list(known: ReadonlySet<string>): AsyncIterable<MadeKey>;
}

/** Tries a new key through the functions that will use it. */
export interface Canary {
  /**
   * Whether a random value came back through encrypt and decrypt, and KMS refused both for a bucket that the slot does
   * not have. `false`, not an error, for a key that is not visible yet.
   */
  passes(holder: KeyHolder, slot: number): Promise<boolean>;
}
