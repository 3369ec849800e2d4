// The keys of the in-memory KMS: who may do what with a key, when, and in which state.

import { randomBytes, randomUUID } from 'node:crypto';
import { KEY_BYTES } from '../domain/envelope/aes-gcm.ts';
import { DaykeyError } from '../domain/errors.ts';
import type { SlotDates } from '../domain/kek-life/slot.ts';
import { type Clock, secondsOf } from '../ports/clock.ts';
import type { MadeKey } from '../ports/key-maker.ts';

/** Who calls. `operator` is a person who has given an unlocked key another policy; it still does not allow Decrypt. */
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

export interface KmsKey extends MadeKey {
  readonly dates: SlotDates;
  readonly material: Buffer;
  readonly createdAtMs: number;
  /** Until then every call that names the key finds nothing. */
  readonly visibleAtMs: number;
  state: KmsKeyState;
  /** When the material is gone; infinity unless the deletion is scheduled. */
  deletedAtMs: number;
}

export interface KmsKeysOptions {
  readonly clock: Clock;
  /** How long KMS does not find a new key yet. @default 0 */
  readonly visibleAfterMs?: number;
  /** As in a locked key policy: from T2 on, no one can bring a key back. @default false */
  readonly lock?: boolean;
}

const DAY_MS = 24 * 3600 * 1000;
/** The shortest window that KMS allows, and the one that the real key maker asks for. */
const DELETION_WINDOW_MS = 7 * DAY_MS;
const ARN_PREFIX = 'arn:aws:kms:eu-central-1:111122223333:key/';

const MAY: Record<KmsRole, readonly KmsOperation[]> = {
  encrypt: ['Encrypt'],
  decrypt: ['Decrypt'],
  rotate: ['CreateKey', 'ListKeys', 'DescribeKey', 'ScheduleKeyDeletion'],
  retire: ['ListKeys', 'DescribeKey', 'ScheduleKeyDeletion'],
  operator: ['ListKeys', 'DescribeKey', 'ScheduleKeyDeletion', 'CancelKeyDeletion', 'DisableKey', 'EnableKey'],
};

/** The key states that an operation works on; the others refuse it (KMS developer guide, "Key states"). */
const WORKS_ON: Partial<Record<KmsOperation, readonly KmsKeyState[]>> = {
  Encrypt: ['Enabled'],
  Decrypt: ['Enabled'],
  ScheduleKeyDeletion: ['Enabled', 'Disabled'],
  CancelKeyDeletion: ['PendingDeletion'],
  DisableKey: ['Enabled', 'Disabled'],
  EnableKey: ['Enabled', 'Disabled'],
};

/** The keys of one account. */
export interface KmsKeys {
  /** How often each operation was called, refused calls included. */
  readonly calls: Readonly<Record<KmsOperation, number>>;
  create(role: KmsRole, app: string, dates: SlotDates): KmsKey;
  /** Every key that KMS shows by now. */
  list(role: KmsRole): KmsKey[];
  /**
   * The key as an operation finds it, in any state; `undefined` when KMS does not know it (yet, or any more).
   *
   * @throws DaykeyError `app-kek-refused` when the role or the dates forbid the operation.
   */
  find(role: KmsRole, operation: KmsOperation, arn: string): KmsKey | undefined;
  /** The same for a key that must exist, in a state that allows the operation. @throws as {@link KmsKeys.find}. */
  use(role: KmsRole, operation: KmsOperation, arn: string): KmsKey;
  /** The key, whatever role and policy say; `undefined` when it never existed or its material is gone. */
  peek(arn: string): KmsKey | undefined;
  /** Starts the deletion window of a key. */
  scheduleDeletion(key: KmsKey): void;
}

/** An account without keys. */
export function kmsKeys({ clock, visibleAfterMs = 0, lock = false }: KmsKeysOptions): KmsKeys {
  const keys = new Map<string, KmsKey>();
  const calls: Record<KmsOperation, number> = {
    CreateKey: 0,
    ListKeys: 0,
    DescribeKey: 0,
    Encrypt: 0,
    Decrypt: 0,
    ScheduleKeyDeletion: 0,
    CancelKeyDeletion: 0,
    DisableKey: 0,
    EnableKey: 0,
  };

  function admit(role: KmsRole, operation: KmsOperation): void {
    calls[operation] += 1;
    if (!MAY[role].includes(operation)) throw refused(operation, `the ${role} role may not call it`);
  }

  function peek(arn: string): KmsKey | undefined {
    const key = keys.get(arn);
    if (key === undefined || clock() < key.deletedAtMs) return key;
    key.material.fill(0);
    keys.delete(arn);
    return undefined;
  }

  function visible(arn: string): KmsKey | undefined {
    const key = peek(arn);
    return key !== undefined && clock() >= key.visibleAtMs ? key : undefined;
  }

  /** The dated Denies of the key policy. */
  function isDenied({ dates }: KmsKey, role: KmsRole, operation: KmsOperation): boolean {
    const nowS = secondsOf(clock());
    const isPastT2 = nowS >= dates.decryptUntilS;
    if (operation === 'Encrypt') return nowS >= dates.encryptUntilS;
    if (operation === 'Decrypt') return isPastT2;
    if (operation === 'ScheduleKeyDeletion') return role === 'rotate' && !isPastT2;
    return lock && isPastT2 && (operation === 'CancelKeyDeletion' || operation === 'EnableKey');
  }

  function find(role: KmsRole, operation: KmsOperation, arn: string): KmsKey | undefined {
    admit(role, operation);
    const key = visible(arn);
    if (key !== undefined && isDenied(key, role, operation)) throw refused(operation, 'the key policy denies it now');
    return key;
  }

  return {
    calls,
    peek,
    find,

    create(role, app, dates) {
      admit(role, 'CreateKey');
      const key: KmsKey = {
        arn: ARN_PREFIX + randomUUID(),
        app,
        slot: dates.slot,
        decryptUntilS: dates.decryptUntilS,
        dates,
        material: randomBytes(KEY_BYTES),
        createdAtMs: clock(),
        visibleAtMs: clock() + visibleAfterMs,
        state: 'Enabled',
        deletedAtMs: Number.POSITIVE_INFINITY,
      };
      keys.set(key.arn, key);
      return key;
    },

    list(role) {
      admit(role, 'ListKeys');
      return [...keys.keys()].map(visible).filter((key) => key !== undefined);
    },

    use(role, operation, arn) {
      const key = find(role, operation, arn);
      if (key === undefined) throw refused(operation, 'there is no such key');
      if (!(WORKS_ON[operation]?.includes(key.state) ?? true)) throw refused(operation, `the key is ${key.state}`);
      return key;
    },

    scheduleDeletion(key) {
      key.state = 'PendingDeletion';
      key.deletedAtMs = clock() + DELETION_WINDOW_MS;
    },
  };
}

function refused(operation: KmsOperation, why: string): DaykeyError {
  return new DaykeyError('app-kek-refused', `KMS refuses ${operation}: ${why}`);
}
