// The key policy of one app KEK: who may use the key, for what, and from when on KMS itself refuses everyone.

import { CONTEXT_KEYS, CONTEXT_VERSION } from '../envelope/context.ts';
import { rfc3339 } from '../instant.ts';
import { bucketRefusedFromS } from './bucket.ts';
import { type KeyHolder, poolOf } from './holder.ts';
import type { SlotDates } from './slot.ts';

/** The roles that a key policy names. */
export interface KeyRoles {
  readonly encrypt: string;
  readonly decrypt: string;
  readonly rotate: string;
  readonly retire: string;
}

/** What is the same in the policies of all keys of a stack. */
export interface KeyPolicySettings {
  /** `aws`, `aws-cn`, `aws-us-gov`, … */
  readonly partition: string;
  readonly accountId: string;
  /** ARNs of IAM roles of that account. They need not exist yet. */
  readonly roleArns: KeyRoles;
  /** Removes every way to change the policy and, from T2 on, every way to bring the key back. Cannot be undone. */
  readonly lock: boolean;
}

export interface KeyPolicyInput extends KeyPolicySettings {
  readonly holder: KeyHolder;
  readonly dates: SlotDates;
  /**
   * Leaves out what depends on the encryption context: for emulators that do not fill in its condition keys. KMS then
   * refuses at T1 and T2 only.
   *
   * @default false
   */
  readonly ignoresContext?: boolean;
}

export type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

export interface KeyPolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: { readonly AWS: string };
  readonly Action: readonly string[];
  readonly Resource: '*';
  readonly Condition?: Conditions;
}

export interface KeyPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly KeyPolicyStatement[];
}

/** The most bytes of a key policy that we write; KMS takes 32,768 (AWS KMS developer guide, resource quotas). */
export const MAX_KEY_POLICY_BYTES = 32_000;

const EVERYONE = { AWS: '*' };
const LOOK_AND_DESTROY = ['kms:DescribeKey', 'kms:ListResourceTags', 'kms:ScheduleKeyDeletion'];
const USE = ['kms:Encrypt', 'kms:Decrypt'];

/**
 * The policy of a slot's key. Only the decrypt role decrypts; the account's root user does not. Every end is an explicit
 * Deny with a date, so it holds even if none of our functions ever runs again.
 */
export function keyPolicy(input: KeyPolicyInput): KeyPolicy {
  const { accountId, roleArns, dates, lock, ignoresContext = false } = input;
  const allowRole = (Sid: string, roleArn: string, Action: readonly string[]): KeyPolicyStatement => ({
    Sid,
    Effect: 'Allow',
    Principal: EVERYONE,
    Action,
    Resource: '*',
    Condition: { StringEquals: { 'aws:PrincipalAccount': accountId }, ...isRole(input, roleArn) },
  });
  const fromT2 = from(dates.decryptUntilS);

  return {
    Version: '2012-10-17',
    Statement: [
      allowRole('EncryptFunctionEncrypts', roleArns.encrypt, ['kms:Encrypt']),
      allowRole('DecryptFunctionDecrypts', roleArns.decrypt, ['kms:Decrypt']),
      allowRole('RotatorLooksAndDestroys', roleArns.rotate, LOOK_AND_DESTROY),
      allowRole('RetirementLooksAndDestroys', roleArns.retire, LOOK_AND_DESTROY),
      accountLooksAndDeletes(input, [
        // Undoes a deletion that was scheduled by mistake: cancelling leaves the key disabled.
        'kms:CancelKeyDeletion',
        'kms:EnableKey',
        // The way out in an emergency, in unlocked stacks only; its use raises an alarm.
        ...(lock ? [] : ['kms:PutKeyPolicy']),
      ]),
      deny('NoEncryptFromT1', ['kms:Encrypt'], from(dates.encryptUntilS)),
      deny('NoDecryptFromT2', ['kms:Decrypt'], fromT2),
      deny('NoOtherUse', ['kms:CreateGrant', 'kms:ReEncrypt*', 'kms:GenerateDataKey*']),
      // Against our own bugs: a faulty rotator cannot destroy data that is still alive.
      deny('RotatorWaitsForT2', ['kms:ScheduleKeyDeletion', 'kms:DisableKey'], {
        ...isRole(input, roleArns.rotate),
        DateLessThan: { 'aws:CurrentTime': rfc3339(dates.decryptUntilS) },
      }),
      ...(lock
        ? [
            deny('NoChangeOfThisPolicy', ['kms:PutKeyPolicy']),
            deny('NoWayBackFromT2', ['kms:CancelKeyDeletion', 'kms:EnableKey'], fromT2),
          ]
        : []),
      ...(ignoresContext ? [] : [...contextPins(input), ...bucketEnds(dates)]),
    ],
  };
}

/** The policy of a key that tries KMS out: its maker may use it where `x` is 0, and both roles that destroy keys destroy it. */
export function probePolicy(settings: KeyPolicySettings): KeyPolicy {
  const { accountId, roleArns } = settings;
  const allow = (
    Sid: string,
    Action: readonly string[],
    roles: readonly string[],
    context = {},
  ): KeyPolicyStatement => ({
    Sid,
    Effect: 'Allow',
    Principal: EVERYONE,
    Action,
    Resource: '*',
    Condition: { StringEquals: { 'aws:PrincipalAccount': accountId, ...context }, ...isRole(settings, ...roles) },
  });
  return {
    Version: '2012-10-17',
    Statement: [
      allow('VaultLooksAndDestroys', LOOK_AND_DESTROY, [roleArns.rotate, roleArns.retire]),
      allow('MakerUsesOneContext', ['kms:Encrypt'], [roleArns.rotate], { 'kms:EncryptionContext:x': '0' }),
      accountLooksAndDeletes(settings),
    ],
  };
}

/** What identity policies of the account may allow. Without it, no one could delete a key whose roles are gone. */
function accountLooksAndDeletes(
  { partition, accountId }: KeyPolicySettings,
  more: readonly string[] = [],
): KeyPolicyStatement {
  return {
    Sid: 'AccountLooksAndDeletes',
    Effect: 'Allow',
    Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
    Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:ScheduleKeyDeletion', ...more],
    Resource: '*',
  };
}

/** Bytes of a policy as KMS counts them. */
export function keyPolicyBytes(policy: KeyPolicy): number {
  return Buffer.byteLength(JSON.stringify(policy));
}

/**
 * Holds the encryption context to exactly our keys and this key's values. Operands of one condition are ANDed, so each
 * key needs a statement. A negated operator also matches where the key is missing (IAM user guide, condition operators).
 */
function contextPins({ holder, dates }: KeyPolicyInput): KeyPolicyStatement[] {
  const buckets = Array.from({ length: dates.bucketCount }, (_, bucket) => String(bucket));
  return [
    deny('OnlyThisFormat', USE, { StringNotEquals: { 'kms:EncryptionContext:v': CONTEXT_VERSION } }),
    // What keeps the apps of a pool apart is below KMS: `app-half.ts`.
    'pool' in holder
      ? deny('OnlyWithAnApp', USE, { Null: { 'kms:EncryptionContext:app': 'true' } })
      : deny('OnlyThisApp', USE, { StringNotEquals: { 'kms:EncryptionContext:app': holder.app } }),
    deny('OnlyThisPool', USE, { StringNotEquals: { 'kms:EncryptionContext:pool': String(poolOf(holder)) } }),
    deny('OnlyThisSlot', USE, { StringNotEquals: { 'kms:EncryptionContext:slot': String(dates.slot) } }),
    deny('OnlyWithABundle', USE, { Null: { 'kms:EncryptionContext:b': 'true' } }),
    deny('OnlyBucketsOfThisSlot', USE, { StringNotEquals: { 'kms:EncryptionContext:x': buckets } }),
    // Names of condition keys ignore case, so a second key `X` could stand in for `x`.
    deny('OnlyTheseKeys', USE, { 'ForAnyValue:StringNotEquals': { 'kms:EncryptionContextKeys': CONTEXT_KEYS } }),
  ];
}

/** One dated Deny for each bucket: KMS refuses a value at most one bucket and a minute after its expiry. */
function bucketEnds(dates: SlotDates): KeyPolicyStatement[] {
  return Array.from({ length: dates.bucketCount }, (_, bucket) =>
    deny(`EndOfBucket${bucket}`, ['kms:Decrypt'], {
      StringEquals: { 'kms:EncryptionContext:x': String(bucket) },
      ...from(bucketRefusedFromS(dates, bucket)),
    }),
  );
}

function deny(Sid: string, Action: readonly string[], Condition?: Conditions): KeyPolicyStatement {
  return { Sid, Effect: 'Deny', Principal: EVERYONE, Action, Resource: '*', ...(Condition && { Condition }) };
}

function from(atS: number): Conditions {
  return { DateGreaterThanEquals: { 'aws:CurrentTime': rfc3339(atS) } };
}

/**
 * A condition, not a principal: a role named as principal becomes an opaque ID that dies with the role, and two days of
 * data with it. AWS fills in the role's ARN; emulators fill in the session's.
 */
export function isRole(
  { partition, accountId }: Pick<KeyPolicySettings, 'partition' | 'accountId'>,
  ...roleArns: readonly string[]
): Conditions {
  const arns = roleArns.flatMap((roleArn) => {
    const name = roleArn.slice(roleArn.lastIndexOf('/') + 1);
    return [roleArn, `arn:${partition}:sts::${accountId}:assumed-role/${name}/*`];
  });
  return { ArnLike: { 'aws:PrincipalArn': arns } };
}
