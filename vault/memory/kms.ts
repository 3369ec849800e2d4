// A KMS in memory that refuses what AWS refuses. Stricter than emulators: it authenticates, dates and delays.

import { randomBytes, randomUUID } from 'node:crypto';
import { KMS_MISMATCHES, KMS_REFUSALS, translating } from '../../lambda/aws/errors.ts';
import { KEY_BYTES } from '../domain/envelope/aes-gcm.ts';
import { isDaykeyError } from '../domain/errors.ts';
import type { SlotDates } from '../domain/kek-life/slot.ts';
import type { AppKek } from '../ports/app-kek.ts';
import { checkBlobSize, checkWrapSize } from '../ports/app-kek-limits.ts';
import { type Clock, secondsOf } from '../ports/clock.ts';
import type { KeyMaker, MadeKey } from '../ports/key-maker.ts';
import { arnIn, blobOf, openBlob } from './kms-blob.ts';

/** Who calls. `operator` is a person who has put a policy of their own on an unlocked key; still no `Decrypt` in it. */
export type KmsRole = 'encrypt' | 'decrypt' | 'rotate' | 'retire' | 'operator';

export type KmsOperation =
  | 'CreateKey'
  | 'ListKeys'
  | 'DescribeKey'
  | 'Encrypt'
  | 'Decrypt'
  | 'ScheduleKeyDeletion'
  | 'CancelKeyDeletion'
  | 'DisableKey'
  | 'EnableKey';

export type KmsKeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

export interface KmsCall {
  readonly operation: KmsOperation;
  readonly role: KmsRole;
  /** Absent for `CreateKey` and `ListKeys`. */
  readonly arn?: string;
}

export interface MemoryKmsOptions {
  readonly clock: Clock;
  /** How long after its creation a key is still unknown to every other call. @default 0 */
  readonly visibleAfterMs?: number;
  /** As in the key policy: from T2 on nobody brings a key back. @default false */
  readonly lock?: boolean;
  /** Asked before each call. What it throws is KMS's answer: {@link kmsFault} makes AWS's own. */
  readonly beforeCall?: (call: KmsCall) => void | Promise<void>;
}

export interface MemoryKms {
  /** `wrap` as the encrypt role and `unwrap` as the decrypt role, or both as one of them. */
  appKek(as?: KmsRole): AppKek;
  keyMaker(as: 'rotate' | 'retire'): KeyMaker;
  /** What an operator does to a key. Rejects as AWS does, with AWS's names. */
  operate(
    operation: 'DisableKey' | 'EnableKey' | 'ScheduleKeyDeletion' | 'CancelKeyDeletion',
    arn: string,
  ): Promise<void>;
  /** `undefined` for a key that never was or is gone for good. */
  stateOf(arn: string): KmsKeyState | undefined;
  /** How often each operation was called, refused calls included. */
  readonly calls: Readonly<Record<KmsOperation, number>>;
}

interface Key extends MadeKey {
  readonly dates: SlotDates;
  readonly material: Buffer;
  readonly createdAtMs: number;
  readonly visibleAtMs: number;
  state: KmsKeyState;
  deletedAtMs: number;
}

const DAY_MS = 24 * 3600 * 1000;
// The least that KMS allows, which is what the real key maker asks for.
const DELETION_WINDOW_MS = 7 * DAY_MS;
const ARN_PREFIX = 'arn:aws:kms:eu-central-1:111122223333:key/';

const MAY: Record<KmsRole, readonly KmsOperation[]> = {
  encrypt: ['Encrypt'],
  decrypt: ['Decrypt'],
  rotate: ['CreateKey', 'ListKeys', 'DescribeKey', 'ScheduleKeyDeletion'],
  retire: ['ListKeys', 'DescribeKey', 'ScheduleKeyDeletion'],
  operator: ['ListKeys', 'DescribeKey', 'ScheduleKeyDeletion', 'CancelKeyDeletion', 'DisableKey', 'EnableKey'],
};

// Which states an operation finds a key in, and what AWS answers in the others ("Key states", KMS developer guide).
const WORKS_ON: Partial<Record<KmsOperation, readonly KmsKeyState[]>> = {
  Encrypt: ['Enabled'],
  Decrypt: ['Enabled'],
  ScheduleKeyDeletion: ['Enabled', 'Disabled'],
  CancelKeyDeletion: ['PendingDeletion'],
  DisableKey: ['Enabled', 'Disabled'],
  EnableKey: ['Enabled', 'Disabled'],
};

/** An exception as AWS names it: `ThrottlingException`, `KMSInternalException`, `AccessDeniedException`, … */
export function kmsFault(name: string): Error {
  return Object.assign(new Error(`the in-memory KMS says ${name}`), { name });
}

/** One account's KMS, empty. */
export function memoryKms({ clock, visibleAfterMs = 0, lock = false, beforeCall }: MemoryKmsOptions): MemoryKms {
  const keys = new Map<string, Key>();
  const calls: Record<KmsOperation, number> = {
    ...{ CreateKey: 0, ListKeys: 0, DescribeKey: 0, Encrypt: 0, Decrypt: 0 },
    ...{ ScheduleKeyDeletion: 0, CancelKeyDeletion: 0, DisableKey: 0, EnableKey: 0 },
  };

  async function admit(role: KmsRole, operation: KmsOperation, arn?: string): Promise<void> {
    calls[operation] += 1;
    await beforeCall?.({ operation, role, ...(arn !== undefined && { arn }) });
    if (arn === undefined && !MAY[role].includes(operation)) throw kmsFault('AccessDeniedException');
  }

  /** The key, in AWS's order: is it there, may this role, does its state allow. */
  async function admitToKey(role: KmsRole, operation: KmsOperation, arn: string): Promise<Key> {
    await admit(role, operation, arn);
    const key = existing(arn);
    if (key === undefined || clock() < key.visibleAtMs) throw kmsFault('NotFoundException');
    if (!MAY[role].includes(operation) || isDenied(key, role, operation)) throw kmsFault('AccessDeniedException');
    if (!(WORKS_ON[operation]?.includes(key.state) ?? true)) {
      const isUse = operation === 'Encrypt' || operation === 'Decrypt';
      throw kmsFault(isUse && key.state === 'Disabled' ? 'DisabledException' : 'KMSInvalidStateException');
    }
    return key;
  }

  function existing(arn: string): Key | undefined {
    const key = keys.get(arn);
    if (key === undefined || clock() < key.deletedAtMs) return key;
    key.material.fill(0);
    keys.delete(arn);
    return undefined;
  }

  /** The explicit Denies of the key policy. */
  function isDenied({ dates }: Key, role: KmsRole, operation: KmsOperation): boolean {
    const nowS = secondsOf(clock());
    const isPastT2 = nowS >= dates.decryptUntilS;
    if (operation === 'Encrypt') return nowS >= dates.encryptUntilS;
    if (operation === 'Decrypt') return isPastT2;
    if (operation === 'ScheduleKeyDeletion') return role === 'rotate' && !isPastT2;
    return lock && isPastT2 && (operation === 'CancelKeyDeletion' || operation === 'EnableKey');
  }

  async function change(role: KmsRole, operation: KmsOperation, arn: string): Promise<void> {
    const key = await admitToKey(role, operation, arn);
    key.state =
      operation === 'EnableKey' ? 'Enabled' : operation === 'ScheduleKeyDeletion' ? 'PendingDeletion' : 'Disabled';
    key.deletedAtMs = key.state === 'PendingDeletion' ? clock() + DELETION_WINDOW_MS : Number.POSITIVE_INFINITY;
  }

  return {
    calls,
    stateOf: (arn) => existing(arn)?.state,
    operate: (operation, arn) => change('operator', operation, arn),

    appKek: (as) => ({
      async wrap(slot, context, innerWraps) {
        checkWrapSize(innerWraps);
        return translating('wrap under an app KEK', KMS_REFUSALS, async () => {
          const key = await admitToKey(as ?? 'encrypt', 'Encrypt', slot.keyArn);
          return blobOf(key.arn, key.material, context, innerWraps);
        });
      },
      async unwrap(slot, context, wrapped) {
        checkBlobSize(wrapped);
        return translating('unwrap under an app KEK', { ...KMS_REFUSALS, ...KMS_MISMATCHES }, async () => {
          const key = await admitToKey(as ?? 'decrypt', 'Decrypt', slot.keyArn);
          const plaintext = openBlob(key.arn, key.material, context, wrapped);
          if (plaintext !== undefined) return plaintext;
          const isAnothers = keys.has(arnIn(wrapped) ?? '') && arnIn(wrapped) !== key.arn;
          throw kmsFault(isAnothers ? 'IncorrectKeyException' : 'InvalidCiphertextException');
        });
      },
    }),

    keyMaker: (as) => ({
      async create(app, dates) {
        return translating('make an app KEK', KMS_REFUSALS, async () => {
          await admit(as, 'CreateKey');
          const arn = ARN_PREFIX + randomUUID();
          keys.set(arn, {
            ...{ arn, app, slot: dates.slot, decryptUntilS: dates.decryptUntilS, dates },
            material: randomBytes(KEY_BYTES),
            createdAtMs: clock(),
            visibleAtMs: clock() + visibleAfterMs,
            state: 'Enabled',
            deletedAtMs: Number.POSITIVE_INFINITY,
          });
          return { arn };
        });
      },
      async isHealthy(arn) {
        const expected = { ...KMS_REFUSALS, NotFoundException: 'not-found' } as const;
        try {
          const key = await translating('look at an app KEK', expected, () => admitToKey(as, 'DescribeKey', arn));
          return key.state === 'Enabled';
        } catch (error) {
          if (isDaykeyError(error, 'not-found')) return false;
          throw error;
        }
      },
      async destroy(arn) {
        const gone = { NotFoundException: 'not-found', KMSInvalidStateException: 'conflict' } as const;
        try {
          await translating('destroy an app KEK', { ...KMS_REFUSALS, ...gone }, () =>
            change(as, 'ScheduleKeyDeletion', arn),
          );
        } catch (error) {
          if (!isDaykeyError(error, 'not-found', 'conflict')) throw error;
        }
        const key = existing(arn);
        if (key?.state !== 'PendingDeletion') return undefined;
        return { arn, createdAtS: secondsOf(key.createdAtMs), goneAtS: secondsOf(key.deletedAtMs) };
      },
      async *list(known) {
        await translating('list keys', {}, () => admit(as, 'ListKeys'));
        for (const arn of [...keys.keys()]) {
          const key = existing(arn);
          if (known.has(arn)) continue;
          if (key === undefined || key.state === 'PendingDeletion' || clock() < key.visibleAtMs) continue;
          yield { arn, app: key.app, slot: key.slot, decryptUntilS: key.decryptUntilS };
        }
      },
    }),
  };
}
