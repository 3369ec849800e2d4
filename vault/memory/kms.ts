// A KMS in memory that refuses what AWS refuses. Stricter than emulators: it authenticates, dates and delays.

import { DaykeyError } from '../domain/errors.ts';
import type { AppKek } from '../ports/app-kek.ts';
import { checkBlobSize, checkWrapSize } from '../ports/app-kek-limits.ts';
import { secondsOf } from '../ports/clock.ts';
import type { KeyMaker } from '../ports/key-maker.ts';
import { openBlob, sealBlob } from './kms-blob.ts';
import { type KmsKeyState, type KmsKeys, type KmsKeysOptions, type KmsRole, kmsKeys } from './kms-keys.ts';

export type MemoryKmsOptions = KmsKeysOptions;

export interface MemoryKms extends Pick<KmsKeys, 'calls'> {
  /** `wrap` as the encrypt role and `unwrap` as the decrypt role, or both as one of them. */
  appKek(as?: KmsRole): AppKek;
  keyMaker(as: 'rotate' | 'retire'): KeyMaker;
  /** What an operator does to a key. @throws DaykeyError `app-kek-refused` when its state or policy forbids it. */
  operate(operation: keyof typeof STATE_AFTER, arn: string): Promise<void>;
  /** `undefined` for a key that never existed or whose material is gone. */
  stateOf(arn: string): KmsKeyState | undefined;
}

/** A key whose deletion was cancelled stays disabled (AWS KMS API reference, CancelKeyDeletion). */
const STATE_AFTER = {
  DisableKey: 'Disabled',
  EnableKey: 'Enabled',
  ScheduleKeyDeletion: 'PendingDeletion',
  CancelKeyDeletion: 'Disabled',
} as const;

/** One account's KMS, empty. */
export function memoryKms(options: MemoryKmsOptions): MemoryKms {
  const keys = kmsKeys(options);
  return {
    calls: keys.calls,
    stateOf: (arn) => keys.peek(arn)?.state,

    async operate(operation, arn) {
      if (operation === 'DisableKey') keys.takeRight(operation, arn);
      const key = keys.use('operator', operation, arn);
      keys.change(key, STATE_AFTER[operation]);
    },

    appKek: (as) => ({
      async wrap(slot, context, innerWraps) {
        checkWrapSize(innerWraps);
        const { arn, material } = keys.use(as ?? 'encrypt', 'Encrypt', slot.keyArn, context);
        return sealBlob(arn, material, context, innerWraps);
      },
      async unwrap(slot, context, wrapped) {
        checkBlobSize(wrapped);
        const { arn, material } = keys.use(as ?? 'decrypt', 'Decrypt', slot.keyArn, context);
        const plaintext = openBlob(arn, material, context, wrapped);
        if (plaintext !== undefined) return plaintext;
        throw new DaykeyError('app-kek-mismatch', 'the blob was not made by this key in this context');
      },
    }),

    keyMaker: (as) => ({
      async create(holder, dates) {
        return { arn: keys.create(as, holder, dates).arn };
      },
      async isHealthy(arn) {
        const key = keys.find(as, 'DescribeKey', arn);
        return key !== undefined && keys.shownState(key) === 'Enabled';
      },
      async isGone(arn) {
        return keys.find(as, 'DescribeKey', arn) === undefined;
      },
      async destroy(arn) {
        const key = keys.find(as, 'ScheduleKeyDeletion', arn);
        if (key === undefined) return undefined;
        // KMS refuses a second deletion, so the date is known only once a description shows it.
        const isLate = key.state === 'PendingDeletion' && keys.shownState(key) !== 'PendingDeletion';
        if (isLate) throw new DaykeyError('unavailable', 'KMS does not show the pending deletion yet');
        if (key.state !== 'PendingDeletion') keys.change(key, 'PendingDeletion');
        return { arn, createdAtS: secondsOf(key.createdAtMs), goneAtS: secondsOf(key.deletedAtMs) };
      },
      async *list(known) {
        for (const key of keys.list(as)) {
          const { arn, holder, slot, decryptUntilS } = key;
          if (!known.has(arn) && keys.shownState(key) !== 'PendingDeletion') yield { arn, holder, slot, decryptUntilS };
        }
      },
    }),
  };
}
