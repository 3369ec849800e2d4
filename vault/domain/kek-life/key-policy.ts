// The key policy of one app KEK: who may use the key, and from when on KMS itself refuses everybody.

import { rfc3339 } from '../instant.ts';
import type { SlotDates } from './slot.ts';

/** The roles that a key policy names. */
export interface KeyRoles {
  readonly encrypt: string;
  readonly decrypt: string;
  readonly rotate: string;
  readonly retire: string;
}

export interface KeyPolicyInput {
  /** `aws`, `aws-cn`, `aws-us-gov`, … */
  readonly partition: string;
  readonly accountId: string;
  /** ARNs of IAM roles of that account. They need not exist yet. */
  readonly roleArns: KeyRoles;
  readonly dates: Pick<SlotDates, 'encryptUntilS' | 'decryptUntilS'>;
  /** Takes away, for ever, every way to change the policy or, past T2, to bring the key back. */
  readonly lock: boolean;
}

type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

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

const EVERYBODY = { AWS: '*' };
const LOOK_AND_DESTROY = ['kms:DescribeKey', 'kms:ListResourceTags', 'kms:ScheduleKeyDeletion'];

/**
 * The policy of a slot's key. Nobody decrypts but the decrypt role, the account's root included. T1 and T2 are
 * explicit Denies, so they hold even if none of our functions ever runs again.
 */
export function keyPolicy({ partition, accountId, roleArns, dates, lock }: KeyPolicyInput): KeyPolicy {
  const t1 = rfc3339(dates.encryptUntilS);
  const t2 = rfc3339(dates.decryptUntilS);
  const allowRole = (Sid: string, roleArn: string, Action: readonly string[]): KeyPolicyStatement => ({
    Sid,
    Effect: 'Allow',
    Principal: EVERYBODY,
    Action,
    Resource: '*',
    Condition: { StringEquals: { 'aws:PrincipalAccount': accountId }, ...isRole(partition, accountId, roleArn) },
  });
  const deny = (Sid: string, Action: readonly string[], Condition?: Conditions): KeyPolicyStatement => ({
    Sid,
    Effect: 'Deny',
    Principal: EVERYBODY,
    Action,
    Resource: '*',
    ...(Condition && { Condition }),
  });
  const fromT2 = { DateGreaterThanEquals: { 'aws:CurrentTime': t2 } };

  return {
    Version: '2012-10-17',
    Statement: [
      allowRole('EncryptFunctionEncrypts', roleArns.encrypt, ['kms:Encrypt']),
      allowRole('DecryptFunctionDecrypts', roleArns.decrypt, ['kms:Decrypt']),
      allowRole('RotatorLooksAndDestroys', roleArns.rotate, LOOK_AND_DESTROY),
      allowRole('RetirementLooksAndDestroys', roleArns.retire, LOOK_AND_DESTROY),
      {
        Sid: 'AccountLooksAndDeletes',
        Effect: 'Allow',
        Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
        Action: [
          ...['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:ScheduleKeyDeletion'],
          // A deletion scheduled by mistake can be taken back: cancelling leaves the key disabled.
          ...['kms:CancelKeyDeletion', 'kms:EnableKey'],
          // The break-glass of an unlocked stack; its use is alarmed on.
          ...(lock ? [] : ['kms:PutKeyPolicy']),
        ],
        Resource: '*',
      },
      deny('NobodyEncryptsFromT1', ['kms:Encrypt'], { DateGreaterThanEquals: { 'aws:CurrentTime': t1 } }),
      deny('NobodyDecryptsFromT2', ['kms:Decrypt'], fromT2),
      deny('NobodyUsesItInOtherWays', ['kms:CreateGrant', 'kms:ReEncrypt*', 'kms:GenerateDataKey*']),
      // Against our own bugs: a rotator gone wrong cannot destroy data that is still alive.
      deny('RotatorWaitsForT2', ['kms:ScheduleKeyDeletion', 'kms:DisableKey'], {
        ...isRole(partition, accountId, roleArns.rotate),
        DateLessThan: { 'aws:CurrentTime': t2 },
      }),
      ...(lock
        ? [
            deny('NobodyChangesThisPolicy', ['kms:PutKeyPolicy']),
            deny('NobodyBringsItBackFromT2', ['kms:CancelKeyDeletion', 'kms:EnableKey'], fromT2),
          ]
        : []),
    ],
  };
}

/**
 * A condition, not a principal: a role named as principal turns into an opaque ID that dies with the role, and
 * two days of data with it. AWS fills in the role's ARN; emulators fill in the session's.
 */
function isRole(partition: string, accountId: string, roleArn: string): Conditions {
  const name = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  const sessions = `arn:${partition}:sts::${accountId}:assumed-role/${name}/*`;
  return { ArnLike: { 'aws:PrincipalArn': [roleArn, sessions] } };
}
