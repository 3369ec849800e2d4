// The key policy, judged by a policy simulator at any instant, for every role and action. Linted first: the simulator
// passes over what is misspelt.

import { runSimulation } from '@cloud-copilot/iam-simulate';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type KeyPolicy, keyPolicy } from '../../../../../vault/domain/kek-life/key-policy.ts';
import { misspellings } from '../../../../support/policy-lint.ts';

const ACCOUNT = '111122223333';
const ELSEWHERE = '444455556666';
const T1 = Date.UTC(2026, 10, 24, 0, 15) / 1000;
const T2 = T1 + 24.5 * 3600;
const ROLES = { encrypt: 'v-encrypt', decrypt: 'v-decrypt', rotate: 'v-rotate-kek', retire: 'v-configure-app' };
type Who = keyof typeof ROLES | 'admin' | 'stranger';
const EVERYBODY: readonly Who[] = ['encrypt', 'decrypt', 'rotate', 'retire', 'admin', 'stranger'];
const ACTIONS = [
  ...['Encrypt', 'Decrypt', 'ReEncryptFrom', 'GenerateDataKey', 'CreateGrant', 'PutKeyPolicy'],
  ...['ScheduleKeyDeletion', 'CancelKeyDeletion', 'DisableKey', 'EnableKey', 'DescribeKey'],
] as const;
type Action = (typeof ACTIONS)[number];

const policyOf = (lock: boolean): KeyPolicy =>
  keyPolicy({
    ...{ partition: 'aws', accountId: ACCOUNT, lock, dates: { encryptUntilS: T1, decryptUntilS: T2 } },
    roleArns: {
      encrypt: `arn:aws:iam::${ACCOUNT}:role/${ROLES.encrypt}`,
      decrypt: `arn:aws:iam::${ACCOUNT}:role/${ROLES.decrypt}`,
      rotate: `arn:aws:iam::${ACCOUNT}:role/${ROLES.rotate}`,
      retire: `arn:aws:iam::${ACCOUNT}:role/${ROLES.retire}`,
    },
  });

/** What ought to be, said without a policy. `admin` has every KMS right that an identity policy can give. */
function ought(who: Who, action: Action, atS: number, lock: boolean): boolean {
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

async function isAllowed(policy: KeyPolicy, who: Who, action: Action, atS: number): Promise<boolean> {
  const account = who === 'stranger' ? ELSEWHERE : ACCOUNT;
  // The stranger has a role of the same name as the decrypt function's, in an account of its own.
  const role = who === 'stranger' ? ROLES.decrypt : who === 'admin' ? 'Admin' : ROLES[who];
  const every = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }] };
  const judged = await runSimulation(
    {
      request: {
        principal: `arn:aws:sts::${account}:assumed-role/${role}/session`,
        action: `kms:${action}`,
        resource: { resource: `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1234`, accountId: ACCOUNT },
        contextVariables: {
          'aws:PrincipalArn': `arn:aws:iam::${account}:role/${role}`,
          'aws:PrincipalAccount': account,
          'aws:CurrentTime': new Date(atS * 1000).toISOString(),
        },
      },
      identityPolicies: who === 'admin' || who === 'stranger' ? [{ name: 'every', policy: every }] : [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: policy,
    },
    {},
  );
  if (judged.resultType !== 'single') throw new Error(`the simulator gave no verdict: ${JSON.stringify(judged)}`);
  return judged.overallResult === 'Allowed';
}

const anInstant = fc.oneof(
  fc.constantFrom(T1 - 1, T1, T1 + 1, T2 - 1, T2, T2 + 1),
  fc.integer({ min: T1 - 10 ** 8, max: T2 + 10 ** 9 }),
);

describe.each([
  ['an unlocked key', false],
  ['a locked key', true],
])('the policy of %s', (_, lock) => {
  const policy = policyOf(lock);

  test('is spelt right', () => {
    expect(misspellings(policy)).toEqual([]);
  });

  test('lets each do at any instant what it ought to, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...EVERYBODY),
        fc.constantFrom(...ACTIONS),
        anInstant,
        async (who, action, atS) => {
          expect(await isAllowed(policy, who, action, atS)).toBe(ought(who, action, atS, lock));
        },
      ),
      { numRuns: 600 },
    );
  });

  test.each(EVERYBODY)('holds on both sides of T1 and T2 for %s', async (who) => {
    for (const action of ACTIONS) {
      for (const atS of [T1 - 1, T1, T2 - 1, T2]) {
        expect([action, atS, await isAllowed(policy, who, action, atS)]).toEqual([
          ...[action, atS, ought(who, action, atS, lock)],
        ]);
      }
    }
  });
});

describe('the lint', () => {
  test.each([
    ['an operator', 'DateGreaterThanEquals', 'DateGreaterThanOrEquals'],
    ['a date', '2026-11-24T00:15:00Z', '2026-11-24 00:15'],
    ['a condition key', 'aws:CurrentTime', 'aws:Currenttime'],
    ['an action', 'kms:Decrypt', 'kms:Decypt'],
  ])('finds %s that is misspelt', (_, right, wrong) => {
    const spoiled = JSON.parse(JSON.stringify(policyOf(true)).replaceAll(right, wrong)) as KeyPolicy;
    expect(misspellings(spoiled)).not.toEqual([]);
  });
});
