// The keys of the in-memory KMS: who may do what with a key, when, and in which state.

import { randomBytes, randomUUID } from 'node:crypto';
import { KEY_BYTES } from '../domain/envelope/aes-gcm.ts';
import { DaykeyError } from '../domain/errors.ts';
import { DAY_MS } from '../domain/instant.ts';
import type { KeyHolder } from '../domain/kek-life/holder.ts';
import { type KeyPolicy, type KeyRoles, keyPolicy } from '../domain/kek-life/key-policy.ts';
import type { SlotDates } from '../domain/kek-life/slot.ts';
import { DELETION_WINDOW_DAYS } from '../domain/settings.ts';
import { type Clock, secondsOf } from '../ports/clock.ts';
import type { MadeKey } from '../ports/key-maker.ts';
import type { EncryptionContext } from './kms-blob.ts';
import { isAllowed } from './policy-judge.ts';

/** Who calls. `operator` is a person with `kms:*` by an identity policy, so the key policy decides what that is worth. */
export type KmsRole = 'encrypt' | 'decrypt' | 'rotate' | 'retire' | 'operator';

export type KmsOperation =
  | 'CreateKey'
  | 'GetResources'
  | 'DescribeKey'
  | 'Encrypt'
  | 'Decrypt'
  | 'ScheduleKeyDeletion'
  | 'CancelKeyDeletion'
  | 'PutKeyPolicy'
  | 'DisableKey'
  | 'EnableKey';

export type KmsKeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

export interface KmsKey extends MadeKey {
  policy: KeyPolicy;
  readonly material: Buffer;
  readonly createdAtMs: number;
  /** Until then every call that names the key finds nothing. */
  readonly visibleAtMs: number;
  state: KmsKeyState;
  /** What descriptions show until {@link KmsKey.stateVisibleAtMs}: the state before the last change. */
  stateBefore: KmsKeyState;
  stateVisibleAtMs: number;
  /** When the material is gone; infinity unless the deletion is scheduled. */
  deletedAtMs: number;
}

export interface KmsKeysOptions {
  readonly clock: Clock;
  /** How long KMS does not find a new key yet. @default 0 */
  readonly visibleAfterMs?: number;
  /** How long a description still shows the state before a change. Calls that depend on the state see it at once. @default 0 */
  readonly stateVisibleAfterMs?: number;
  /** How long KMS waits before it deletes a key, in days. @default 7 */
  readonly deletionWindowDays?: number;
  /** As in a locked key policy: from T2 on, no one can bring a key back. @default false */
  readonly lock?: boolean;
}

const ACCOUNT_ID = '111122223333';
const ARN_PREFIX = `arn:aws:kms:eu-central-1:${ACCOUNT_ID}:key/`;
const roleArn = (role: KmsRole) => `arn:aws:iam::${ACCOUNT_ID}:role/${role}`;

const ROLE_ARNS: KeyRoles = {
  encrypt: roleArn('encrypt'),
  decrypt: roleArn('decrypt'),
  rotate: roleArn('rotate'),
  retire: roleArn('retire'),
};

/** The operations that name no key, so that no key policy judges them. */
const MAY_WITHOUT_KEY: Record<KmsRole, readonly KmsOperation[]> = {
  encrypt: [],
  decrypt: [],
  rotate: ['CreateKey', 'GetResources'],
  retire: ['GetResources'],
  operator: ['GetResources'],
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
  create(role: KmsRole, holder: KeyHolder, dates: SlotDates): KmsKey;
  /** Every key that KMS shows by now. */
  list(role: KmsRole): KmsKey[];
  /**
   * The key as an operation finds it, in any state; `undefined` when KMS does not know it (yet, or any more).
   *
   * @throws DaykeyError `app-kek-refused` when the key's policy forbids the operation.
   */
  find(role: KmsRole, operation: KmsOperation, arn: string, context?: EncryptionContext): KmsKey | undefined;
  /** The same for a key that must exist, in a state that allows the operation. @throws as {@link KmsKeys.find}. */
  use(role: KmsRole, operation: KmsOperation, arn: string, context?: EncryptionContext): KmsKey;
  /** The key, whatever role and policy say; `undefined` when it never existed or its material is gone. */
  peek(arn: string): KmsKey | undefined;
  /** Gives the operator a right that none of our key policies gives. @throws as {@link KmsKeys.use} does. */
  takeRight(operation: KmsOperation, arn: string): void;
  /** The state that a description shows. */
  shownState(key: KmsKey): KmsKeyState;
  /** Changes the state of a key. A key that is not pending deletion is never deleted. */
  change(key: KmsKey, state: KmsKeyState): void;
}

/** An account without keys. */
export function kmsKeys({
  clock,
  visibleAfterMs = 0,
  stateVisibleAfterMs = 0,
  deletionWindowDays = DELETION_WINDOW_DAYS.least,
  lock = false,
}: KmsKeysOptions): KmsKeys {
  const keys = new Map<string, KmsKey>();
  const calls: Record<KmsOperation, number> = {
    CreateKey: 0,
    GetResources: 0,
    DescribeKey: 0,
    Encrypt: 0,
    Decrypt: 0,
    ScheduleKeyDeletion: 0,
    CancelKeyDeletion: 0,
    PutKeyPolicy: 0,
    DisableKey: 0,
    EnableKey: 0,
  };

  function refused(operation: KmsOperation, why: string): DaykeyError {
    const refusedAtS = secondsOf(clock());
    return new DaykeyError('app-kek-refused', `KMS refuses ${operation}: ${why}`, { refusedAtS });
  }

  function admitWithoutKey(role: KmsRole, operation: KmsOperation): void {
    calls[operation] += 1;
    if (!MAY_WITHOUT_KEY[role].includes(operation)) throw refused(operation, `the ${role} role may not call it`);
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

  function find(role: KmsRole, operation: KmsOperation, arn: string, context?: EncryptionContext): KmsKey | undefined {
    calls[operation] += 1;
    const key = visible(arn);
    if (key === undefined) return undefined;
    const request = {
      action: `kms:${operation}`,
      principalArn: roleArn(role),
      accountId: ACCOUNT_ID,
      isAllowedByIdentity: role === 'operator',
      atS: secondsOf(clock()),
    };
    const isGranted = isAllowed(
      key.policy,
      context === undefined ? request : { ...request, encryptionContext: context },
    );
    if (!isGranted) throw refused(operation, 'the key policy does not allow it now');
    return key;
  }

  function use(role: KmsRole, operation: KmsOperation, arn: string, context?: EncryptionContext): KmsKey {
    const key = find(role, operation, arn, context);
    if (key === undefined) throw refused(operation, 'there is no such key');
    if (!(WORKS_ON[operation]?.includes(key.state) ?? true)) throw refused(operation, `the key is ${key.state}`);
    return key;
  }

  return {
    calls,
    peek,
    find,
    use,

    create(role, holder, dates) {
      admitWithoutKey(role, 'CreateKey');
      const key: KmsKey = {
        arn: ARN_PREFIX + randomUUID(),
        holder,
        slot: dates.slot,
        decryptUntilS: dates.decryptUntilS,
        policy: keyPolicy({ partition: 'aws', accountId: ACCOUNT_ID, roleArns: ROLE_ARNS, holder, dates, lock }),
        material: randomBytes(KEY_BYTES),
        createdAtMs: clock(),
        visibleAtMs: clock() + visibleAfterMs,
        state: 'Enabled',
        stateBefore: 'Enabled',
        stateVisibleAtMs: clock(),
        deletedAtMs: Number.POSITIVE_INFINITY,
      };
      keys.set(key.arn, key);
      return key;
    },

    list(role) {
      admitWithoutKey(role, 'GetResources');
      return [...keys.keys()].map(visible).filter((key) => key !== undefined);
    },

    takeRight(operation, arn) {
      const key = use('operator', 'PutKeyPolicy', arn);
      const root = { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` };
      const right = { Sid: `Operator${operation}`, Effect: 'Allow', Principal: root, Resource: '*' } as const;
      key.policy = { ...key.policy, Statement: [...key.policy.Statement, { ...right, Action: [`kms:${operation}`] }] };
    },

    shownState: (key) => (clock() < key.stateVisibleAtMs ? key.stateBefore : key.state),

    change(key, state) {
      key.stateBefore = key.state;
      key.stateVisibleAtMs = clock() + stateVisibleAfterMs;
      key.state = state;
      const isPending = state === 'PendingDeletion';
      key.deletedAtMs = isPending ? clock() + deletionWindowDays * DAY_MS : Number.POSITIVE_INFINITY;
    },
  };
}
