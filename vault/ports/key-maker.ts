// Making and destroying app KEKs: what only the rotator (and an app's retirement) may do. It cannot use them.

import type { SlotDates } from '../domain/kek-life/slot.ts';

/** A key of this stack as found by its tags. */
export interface MadeKey {
  readonly arn: string;
  readonly app: string;
  readonly slot: number;
  /** T2, in seconds: before it nobody but an app's retirement destroys the key. */
  readonly decryptUntilS: number;
}

/** A key whose deletion is scheduled. Instants in seconds since 1970. */
export interface DestroyedKey {
  readonly arn: string;
  readonly createdAtS: number;
  /** When KMS deletes its material, or up to a day later. */
  readonly goneAtS: number;
}

/** @throws DaykeyError `unavailable` from every method when the backing is throttled or broken. */
export interface KeyMaker {
  /** Makes the key of a slot with its dates in its policy. Never asked twice for the same claim. */
  create(app: string, dates: SlotDates): Promise<{ arn: string }>;
  /** Whether the key is there and enabled. */
  isHealthy(arn: string): Promise<boolean>;
  /**
   * Schedules deletion after the least waiting time, and says what comes of it. A key that is pending already gives
   * the same answer again; one that is gone, `undefined`.
   */
  destroy(arn: string): Promise<DestroyedKey | undefined>;
  /** Keys that carry this stack's tags and are not pending deletion, but for those in `known`, which cost nothing. */
  list(known: ReadonlySet<string>): AsyncIterable<MadeKey>;
}

/** Tries a fresh key through the functions that will use it. */
export interface Canary {
  /** Whether a random value came back through encrypt and decrypt under the slot's key. Never throws for a key that is not visible yet. */
  passes(app: string, slot: number): Promise<boolean>;
}
