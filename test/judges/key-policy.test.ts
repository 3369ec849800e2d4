// The key policy, judged by an IAM policy evaluator at any instant, for every role and action. Linted first: an evaluator
// ignores what is misspelt.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type KeyPolicy, type KeyPolicyStatement, keyPolicy } from '../../vault/domain/kek-life/key-policy.ts';
import { misspellings } from '../support/policy-lint.ts';
import { ALLOW_EVERYTHING, allowed, type IamRequest } from './iam.ts';

const ACCOUNT = '111122223333';
const OTHER_ACCOUNT = '444455556666';
const KEY_ARN = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1234`;
const T1 = Date.UTC(2026, 10, 24, 0, 15) / 1000;
const T2 = T1 + 24.5 * 3600;
const ROLES = { encrypt: 'v-encrypt', decrypt: 'v-decrypt', rotate: 'v-rotate-kek', retire: 'v-configure-app' };
type Who = keyof typeof ROLES | 'admin' | 'stranger';
const EVERYONE: readonly Who[] = ['encrypt', 'decrypt', 'rotate', 'retire', 'admin', 'stranger'];
const ACTIONS = [
  'Encrypt',
  'Decrypt',
  'ReEncryptFrom',
  'GenerateDataKey',
  'CreateGrant',
  'PutKeyPolicy',
  'ScheduleKeyDeletion',
  'CancelKeyDeletion',
  'DisableKey',
  'EnableKey',
  'DescribeKey',
] as const;
type Action = (typeof ACTIONS)[number];
// They deny what no other statement allows.
const SECOND_LINE = ['NobodyUsesItInOtherWays', 'NobodyChangesThisPolicy'];

interface KmsRequest {
  readonly who: Who;
  readonly action: Action;
  readonly atS: number;
}

const roleArn = (role: string) => `arn:aws:iam::${ACCOUNT}:role/${role}`;
const aKeyPolicy = (lock: boolean): KeyPolicy =>
  keyPolicy({
    partition: 'aws',
    accountId: ACCOUNT,
    lock,
    dates: { encryptUntilS: T1, decryptUntilS: T2 },
    roleArns: {
      encrypt: roleArn(ROLES.encrypt),
      decrypt: roleArn(ROLES.decrypt),
      rotate: roleArn(ROLES.rotate),
      retire: roleArn(ROLES.retire),
    },
  });

/** What has to be allowed, stated without a policy. `admin` has every KMS permission that an identity policy can give. */
function mustAllow({ who, action, atS }: KmsRequest, lock: boolean): boolean {
  const isPastT2 = atS >= T2;
  switch (action) {
    case 'Encrypt':
      return who === 'encrypt' && atS < T1;
    case 'Decrypt':
      return who === 'decrypt' && !isPastT2;
    case 'ScheduleKeyDeletion':
      return who === 'retire' || who === 'admin' || (who === 'rotate' && isPastT2);
    case 'CancelKeyDeletion':
    case 'EnableKey':
      return who === 'admin' && !(lock && isPastT2);
    case 'PutKeyPolicy':
      return who === 'admin' && !lock;
    case 'DescribeKey':
      return who === 'rotate' || who === 'retire' || who === 'admin';
    default:
      return false;
  }
}

/** The requests that the evaluator decides differently from {@link mustAllow}. */
async function misjudged(policy: KeyPolicy, requests: readonly KmsRequest[], lock: boolean): Promise<KmsRequest[]> {
  const allowed = new Set(await allowedOf(policy, requests));
  return requests.filter((request) => allowed.has(request) !== mustAllow(request, lock));
}

/** The requests that the evaluator allows. */
async function allowedOf(policy: KeyPolicy, requests: readonly KmsRequest[]): Promise<KmsRequest[]> {
  const decisions = await allowed(requests.map((request) => iamRequest(policy, request)));
  return requests.filter((_, at) => decisions[at]);
}

function iamRequest(policy: KeyPolicy, { who, action, atS }: KmsRequest): IamRequest {
  const account = who === 'stranger' ? OTHER_ACCOUNT : ACCOUNT;
  // The stranger has a role with the decrypt role's name, in another account.
  const role = who === 'stranger' ? ROLES.decrypt : who === 'admin' ? 'Admin' : ROLES[who];
  return {
    principal: `arn:aws:iam::${account}:role/${role}`,
    account,
    action: `kms:${action}`,
    resource: KEY_ARN,
    context: { 'aws:CurrentTime': new Date(atS * 1000).toISOString() },
    identityPolicies: who === 'admin' || who === 'stranger' ? [ALLOW_EVERYTHING] : [],
    resourcePolicy: policy,
    owner: ACCOUNT,
  };
}

const aRequest = fc.record({
  who: fc.constantFrom(...EVERYONE),
  action: fc.constantFrom(...ACTIONS),
  atS: fc.integer({ min: T1 - 10 ** 8, max: T2 + 10 ** 9 }),
});

const onBothSidesOfEachDate = EVERYONE.flatMap((who) =>
  ACTIONS.flatMap((action) => [T1 - 1, T1, T1 + 1, T2 - 1, T2, T2 + 1].map((atS) => ({ who, action, atS }))),
);

describe.each([
  ['an unlocked key', false],
  ['a locked key', true],
])('the policy of %s', (_, lock) => {
  const policy = aKeyPolicy(lock);

  test('is spelt right', () => {
    expect(misspellings(policy)).toEqual([]);
  });

  test('allows each role exactly what it must, on both sides of T1 and T2', async () => {
    expect(await misjudged(policy, onBothSidesOfEachDate, lock)).toEqual([]);
  });

  test('allows each role exactly what it must, at any instant', async () => {
    expect(await misjudged(policy, fc.sample(aRequest, 5000), lock)).toEqual([]);
  });

  const needed = policy.Statement.filter(({ Sid }) => !SECOND_LINE.includes(Sid));
  test.each(needed.map(({ Sid }) => Sid))('needs its statement %s', async (sid) => {
    const without = { ...policy, Statement: policy.Statement.filter(({ Sid }) => Sid !== sid) };
    expect(await misjudged(without, onBothSidesOfEachDate, lock)).not.toEqual([]);
  });

  const secondLine = policy.Statement.filter(({ Sid }) => SECOND_LINE.includes(Sid));
  test.each(secondLine.map(({ Sid, Action }) => [Sid, Action] as const))(
    'holds by %s even if another statement allows everything',
    async (_, denied) => {
      const mistake = { ...needed[0], Sid: 'Mistake', Action: ['kms:*'], Condition: {} } as KeyPolicyStatement;
      const requests = onBothSidesOfEachDate.filter(({ action }) =>
        denied.some((pattern) => `kms:${action}`.startsWith(pattern.replace('*', ''))),
      );
      expect(requests.length).toBeGreaterThan(0);
      expect(await allowedOf({ ...policy, Statement: [...policy.Statement, mistake] }, requests)).toEqual([]);
      expect(await allowedOf({ ...policy, Statement: [mistake] }, requests)).not.toEqual([]);
    },
  );
});

describe('the lint', () => {
  test.each([
    ['an operator', 'DateGreaterThanEquals', 'DateGreaterThanOrEquals'],
    ['a date', '2026-11-24T00:15:00Z', '2026-11-24 00:15'],
    ['a condition key', 'aws:CurrentTime', 'aws:Currenttime'],
    ['an action', 'kms:Decrypt', 'kms:Decypt'],
  ])('finds %s that is misspelt', (_, right, wrong) => {
    const spoiled = JSON.parse(JSON.stringify(aKeyPolicy(true)).replaceAll(right, wrong)) as KeyPolicy;
    expect(misspellings(spoiled)).not.toEqual([]);
  });
});
