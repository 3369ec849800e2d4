// The key policy, statement by statement: who may do what, from when on no one may, and that nothing else is in it.

import { describe, expect, test } from 'vitest';
import { type KeyPolicyStatement, keyPolicy, probePolicy } from '../../../../../vault/domain/kek-life/key-policy.ts';
import type { KekLife } from '../../../../../vault/domain/kek-life/life.ts';
import { slotDates } from '../../../../../vault/domain/kek-life/slot.ts';

const ACCOUNT = '111122223333';
const SLOT_S = Date.UTC(2027, 0, 1, 3, 4, 5) / 1000;
const HOUR = 3600;
// T1 a day later, T2 a day and an hour after that; the last expiry is half an hour before T2.
const LIFE: KekLife = { cycleS: 23 * HOUR, leadS: HOUR, graceS: HOUR, maxTtlS: 24.5 * HOUR, marginS: HOUR / 2 };
const DATES = slotDates(SLOT_S, SLOT_S + LIFE.cycleS, LIFE);
const FROM_T1 = { DateGreaterThanEquals: { 'aws:CurrentTime': '2027-01-02T03:04:05Z' } };
const FROM_T2 = { DateGreaterThanEquals: { 'aws:CurrentTime': '2027-01-03T04:04:05Z' } };
// 48.5 hours in 96 parts of whole minutes.
const WIDTH_MINUTES = 31;
const BUCKETS = 94;

const roleNames = {
  encrypt: 'Vault-eu-central-1-encrypt',
  decrypt: 'Vault-eu-central-1-decrypt',
  rotate: 'Vault-eu-central-1-rotate-kek',
  retire: 'Vault-eu-central-1-configure-app',
};
type Role = keyof typeof roleNames;

const role = (name: Role, partition = 'aws') => ({
  ArnLike: {
    'aws:PrincipalArn': [
      `arn:${partition}:iam::${ACCOUNT}:role/${roleNames[name]}`,
      `arn:${partition}:sts::${ACCOUNT}:assumed-role/${roleNames[name]}/*`,
    ],
  },
});
const allowRole = (Sid: string, name: Role, Action: string[], partition?: string) => ({
  Sid,
  Effect: 'Allow',
  Principal: { AWS: '*' },
  Action,
  Resource: '*',
  Condition: { StringEquals: { 'aws:PrincipalAccount': ACCOUNT }, ...role(name, partition) },
});
const deny = (Sid: string, Action: string[], Condition?: object) => ({
  Sid,
  Effect: 'Deny',
  Principal: { AWS: '*' },
  Action,
  Resource: '*',
  ...(Condition && { Condition }),
});

const LOOK_AND_DESTROY = ['kms:DescribeKey', 'kms:ListResourceTags', 'kms:ScheduleKeyDeletion'];
const OF_ACCOUNT = [
  'kms:Describe*',
  'kms:Get*',
  'kms:List*',
  'kms:ScheduleKeyDeletion',
  'kms:CancelKeyDeletion',
  'kms:EnableKey',
];

const statements = (lock: boolean, partition = 'aws') => [
  allowRole('EncryptFunctionEncrypts', 'encrypt', ['kms:Encrypt'], partition),
  allowRole('DecryptFunctionDecrypts', 'decrypt', ['kms:Decrypt'], partition),
  allowRole('RotatorLooksAndDestroys', 'rotate', LOOK_AND_DESTROY, partition),
  allowRole('RetirementLooksAndDestroys', 'retire', LOOK_AND_DESTROY, partition),
  {
    Sid: 'AccountLooksAndDeletes',
    Effect: 'Allow',
    Resource: '*',
    Principal: { AWS: `arn:${partition}:iam::${ACCOUNT}:root` },
    Action: lock ? OF_ACCOUNT : [...OF_ACCOUNT, 'kms:PutKeyPolicy'],
  },
  deny('NoEncryptFromT1', ['kms:Encrypt'], FROM_T1),
  deny('NoDecryptFromT2', ['kms:Decrypt'], FROM_T2),
  deny('NoOtherUse', ['kms:CreateGrant', 'kms:ReEncrypt*', 'kms:GenerateDataKey*']),
  deny('RotatorWaitsForT2', ['kms:ScheduleKeyDeletion', 'kms:DisableKey'], {
    ...role('rotate', partition),
    DateLessThan: { 'aws:CurrentTime': '2027-01-03T04:04:05Z' },
  }),
  ...(lock
    ? [
        deny('NoChangeOfThisPolicy', ['kms:PutKeyPolicy']),
        deny('NoWayBackFromT2', ['kms:CancelKeyDeletion', 'kms:EnableKey'], FROM_T2),
      ]
    : []),
  ...contextStatements,
  ...bucketStatements,
];

const USE = ['kms:Encrypt', 'kms:Decrypt'];
const contextStatements = [
  deny('OnlyThisFormat', USE, { StringNotEquals: { 'kms:EncryptionContext:v': '2' } }),
  deny('OnlyThisApp', USE, { StringNotEquals: { 'kms:EncryptionContext:app': 'shop' } }),
  deny('OnlyThisPool', USE, { StringNotEquals: { 'kms:EncryptionContext:pool': 'own' } }),
  deny('OnlyThisSlot', USE, { StringNotEquals: { 'kms:EncryptionContext:slot': String(SLOT_S) } }),
  deny('OnlyWithABundle', USE, { Null: { 'kms:EncryptionContext:b': 'true' } }),
  deny('OnlyBucketsOfThisSlot', USE, {
    StringNotEquals: { 'kms:EncryptionContext:x': Array.from({ length: BUCKETS }, (_, bucket) => String(bucket)) },
  }),
  deny('OnlyTheseKeys', USE, {
    'ForAnyValue:StringNotEquals': { 'kms:EncryptionContextKeys': ['v', 'app', 'pool', 'slot', 'b', 'x'] },
  }),
];
const bucketStatements = Array.from({ length: BUCKETS }, (_, bucket) => {
  const endMs = SLOT_S * 1000 + (bucket + 1) * WIDTH_MINUTES * 60_000;
  return deny(`EndOfBucket${bucket}`, ['kms:Decrypt'], {
    StringEquals: { 'kms:EncryptionContext:x': String(bucket) },
    DateGreaterThanEquals: { 'aws:CurrentTime': new Date(endMs + 60_000).toISOString().replace('.000Z', 'Z') },
  });
});

test.each([false, true])('with lock %s has exactly these statements', (lock) => {
  expect(policy({ lock })).toEqual({ Version: '2012-10-17', Statement: statements(lock) });
});

test("a pool's key has the same statements, except that it is held to its pool and not to one app", () => {
  const pinned = statements(false).map((statement) => {
    if (statement.Sid === 'OnlyThisApp') {
      return deny('OnlyWithAnApp', USE, { Null: { 'kms:EncryptionContext:app': 'true' } });
    }
    if (statement.Sid !== 'OnlyThisPool') return statement;
    return deny('OnlyThisPool', USE, { StringNotEquals: { 'kms:EncryptionContext:pool': '3' } });
  });
  expect(policy({ holder: { pool: 3 } }).Statement).toEqual(pinned);
});

test('M22: pins the encryption context and dates the end of every bucket, unless the context is left out', () => {
  const withContext = policy({}).Statement;
  const without = policy({ ignoresContext: true }).Statement;
  expect(withContext).toEqual([...without, ...contextStatements, ...bucketStatements]);
  expect(bucketStatements.at(0)?.Condition).toMatchObject({
    DateGreaterThanEquals: { 'aws:CurrentTime': '2027-01-01T03:36:05Z' },
  });
});

test.each(['aws-cn', 'aws-us-gov', 'aws-iso'])('names principals of the partition %s', (partition) => {
  expect(policy({ partition }).Statement).toEqual(statements(false, partition));
});

describe.each([false, true])('with lock %s', (lock) => {
  const allows = (action: string) =>
    policy({ lock }).Statement.filter((it) => it.Effect === 'Allow' && covers(it, action));

  test.each<[action: string, sids: string[]]>([
    ['kms:Decrypt', ['DecryptFunctionDecrypts']],
    ['kms:Encrypt', ['EncryptFunctionEncrypts']],
    ['kms:CreateGrant', []],
    ['kms:ReEncryptFrom', []],
    ['kms:ReEncryptTo', []],
    ['kms:GenerateDataKey', []],
    ['kms:GenerateDataKeyWithoutPlaintext', []],
    ['kms:DisableKey', []],
    ['kms:EnableKey', ['AccountLooksAndDeletes']],
    ['kms:EnableKeyRotation', []],
    ['kms:ImportKeyMaterial', []],
    ['kms:ReplicateKey', []],
    ['kms:TagResource', []],
    ['kms:UpdateAlias', []],
    ['kms:CancelKeyDeletion', ['AccountLooksAndDeletes']],
    ['kms:PutKeyPolicy', lock ? [] : ['AccountLooksAndDeletes']],
  ])('%s is allowed by %j and nothing else', (action, sids) => {
    expect(allows(action).map(({ Sid }) => Sid)).toEqual(sids);
  });

  test('every Allow to `*` names the account and the role', () => {
    for (const { Effect, Principal, Condition } of policy({ lock }).Statement) {
      if (Effect === 'Deny' || Principal.AWS !== '*') continue;
      expect(Condition?.StringEquals).toEqual({ 'aws:PrincipalAccount': ACCOUNT });
      expect(Condition?.ArnLike?.['aws:PrincipalArn']).toHaveLength(2);
    }
  });

  test('the only Allow with wildcards lets the account look', () => {
    const wild = policy({ lock }).Statement.flatMap(({ Effect, Action }) =>
      Effect === 'Allow' ? Action.filter((action) => action.includes('*')) : [],
    );
    expect(wild).toEqual(['kms:Describe*', 'kms:Get*', 'kms:List*']);
  });

  test('every statement has a Sid that no other has, of letters and digits', () => {
    const sids = policy({ lock }).Statement.map(({ Sid }) => Sid);
    expect(new Set(sids).size).toBe(sids.length);
    for (const sid of sids) expect(sid).toMatch(/^[A-Za-z0-9]+$/);
  });
});

test.each([
  [0, '1970-01-01T00:00:00Z'],
  [1_798_761_599, '2026-12-31T23:59:59Z'],
  [1_835_395_200, '2028-02-29T00:00:00Z'],
])('a date at second %i is %s', (atS, text) => {
  const dates = { ...DATES, encryptUntilS: atS, decryptUntilS: atS };
  const { Statement } = policy({ dates, ignoresContext: true });
  const found = Statement.flatMap(({ Condition }) => Object.values(Condition ?? {})).flatMap((condition) =>
    'aws:CurrentTime' in condition ? [condition['aws:CurrentTime']] : [],
  );
  expect(found).toEqual([text, text, text]);
});

test('a role with a path is matched by its session without the path', () => {
  const roleArns = { ...arnsOf('aws'), decrypt: `arn:aws:iam::${ACCOUNT}:role/team/vault/decrypt` };
  const [, decrypts] = policy({ roleArns }).Statement;
  expect(decrypts?.Condition?.ArnLike).toEqual({
    'aws:PrincipalArn': [roleArns.decrypt, `arn:aws:sts::${ACCOUNT}:assumed-role/decrypt/*`],
  });
});

test('a key that tries KMS out encrypts with one context, by its maker, and both roles that destroy keys destroy it', () => {
  const roleArns = arnsOf('aws');
  const byRoles = (Sid: string, Action: string[], roles: Role[], context = {}) => ({
    Sid,
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action,
    Resource: '*',
    Condition: {
      StringEquals: { 'aws:PrincipalAccount': ACCOUNT, ...context },
      ArnLike: { 'aws:PrincipalArn': roles.flatMap((name) => role(name).ArnLike['aws:PrincipalArn']) },
    },
  });
  expect(probePolicy({ partition: 'aws', accountId: ACCOUNT, roleArns, lock: false })).toEqual({
    Version: '2012-10-17',
    Statement: [
      byRoles('VaultLooksAndDestroys', LOOK_AND_DESTROY, ['rotate', 'retire']),
      byRoles('MakerUsesOneContext', ['kms:Encrypt'], ['rotate'], { 'kms:EncryptionContext:x': '0' }),
      {
        Sid: 'AccountLooksAndDeletes',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:ScheduleKeyDeletion'],
        Resource: '*',
      },
    ],
  });
});

function policy(overrides: Partial<Parameters<typeof keyPolicy>[0]> = {}) {
  const { partition = 'aws' } = overrides;
  return keyPolicy({
    partition,
    accountId: ACCOUNT,
    roleArns: arnsOf(partition),
    holder: { app: 'shop' },
    dates: DATES,
    lock: false,
    ...overrides,
  });
}

function arnsOf(partition: string): Record<Role, string> {
  const arn = (name: Role) => `arn:${partition}:iam::${ACCOUNT}:role/${roleNames[name]}`;
  return { encrypt: arn('encrypt'), decrypt: arn('decrypt'), rotate: arn('rotate'), retire: arn('retire') };
}

function covers({ Action }: KeyPolicyStatement, action: string): boolean {
  return Action.some((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(action));
}
