// The key policy, judged by an IAM policy evaluator at any instant and in any encryption context, for every role and
// action. Linted first: an evaluator ignores what is misspelt.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeyPolicy, KeyPolicyStatement } from '../../vault/domain/kek-life/key-policy.ts';
import { refusedFromS } from '../../vault/domain/kek-life/slot.ts';
import {
  ACCOUNT,
  ACTIONS,
  aKeyPolicy,
  aKmsCall,
  contextIn,
  DATES,
  EVERYONE,
  type KmsCall,
  mustAllow,
  principalOf,
  takesContext,
} from '../support/key-policy-calls.ts';
import { misspellings } from '../support/policy-lint.ts';
import { ALLOW_EVERYTHING, allowed, type IamRequest } from './iam.ts';

const KEY_ARN = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1234`;
const { encryptUntilS: T1, decryptUntilS: T2, bucketCount } = DATES;
// They deny what no other statement allows, or what other statements deny before them.
const SECOND_LINE = ['NoOtherUse', 'NoChangeOfThisPolicy', 'NoDecryptFromT2'];

/** The calls that the evaluator decides differently from {@link mustAllow}. */
async function misjudged(policy: KeyPolicy, calls: readonly KmsCall[], lock: boolean): Promise<KmsCall[]> {
  const passed = new Set(await allowedOf(policy, calls));
  return calls.filter((call) => passed.has(call) !== mustAllow(call, lock));
}

/** The calls that the evaluator allows. */
async function allowedOf(policy: KeyPolicy, calls: readonly KmsCall[]): Promise<KmsCall[]> {
  const decisions = await allowed(calls.map((call) => iamRequest(policy, call)));
  return calls.filter((_, at) => decisions[at]);
}

function iamRequest(policy: KeyPolicy, call: KmsCall): IamRequest {
  const { account, arn, isAllowedByIdentity } = principalOf(call.who);
  const context = takesContext(call) ? Object.entries(call.context) : [];
  return {
    principal: arn,
    account,
    action: `kms:${call.action}`,
    resource: KEY_ARN,
    context: {
      'aws:CurrentTime': new Date(call.atS * 1000).toISOString(),
      ...Object.fromEntries(context.map(([key, value]) => [`kms:EncryptionContext:${key}`, value])),
      ...(context.length > 0 && { 'kms:EncryptionContextKeys': context.map(([key]) => key) }),
    },
    identityPolicies: isAllowedByIdentity ? [ALLOW_EVERYTHING] : [],
    resourcePolicy: policy,
    owner: ACCOUNT,
  };
}

const ends = [0, 1, bucketCount - 1].map((bucket) => ({ bucket, endS: refusedFromS(DATES, bucket) }));
const onBothSidesOfEachDate: readonly KmsCall[] = EVERYONE.flatMap((who) =>
  ACTIONS.flatMap((action) =>
    ends.flatMap(({ bucket, endS }) =>
      [T1 - 1, T1, T2 - 1, T2, endS - 1, endS].map((atS) => ({ who, action, atS, context: contextIn(bucket) })),
    ),
  ),
);
const wrongContexts: readonly KmsCall['context'][] = [
  { ...contextIn(5), app: 'bank' },
  { ...contextIn(5), slot: String(DATES.slot - 86_400) },
  { ...contextIn(5), v: '1' },
  { ...contextIn(5), x: String(bucketCount) },
  { ...contextIn(5), thread: 't' },
  { ...contextIn(5), X: '90' },
  ...Object.keys(contextIn(5)).map((gone) =>
    Object.fromEntries(Object.entries(contextIn(5)).filter(([key]) => key !== gone)),
  ),
  {},
];
const inWrongContexts: readonly KmsCall[] = wrongContexts.flatMap((context) => [
  { who: 'encrypt', action: 'Encrypt', atS: DATES.slot, context },
  { who: 'decrypt', action: 'Decrypt', atS: DATES.slot, context },
]);
const edges = [...onBothSidesOfEachDate, ...inWrongContexts];

describe.each([
  ['an unlocked key', false],
  ['a locked key', true],
])('the policy of %s', (_, lock) => {
  const policy = aKeyPolicy({ lock });

  test('is spelt right', () => {
    expect(misspellings(policy)).toEqual([]);
  });

  test('allows each role exactly what it must, on both sides of each date', async () => {
    expect(await misjudged(policy, onBothSidesOfEachDate, lock)).toEqual([]);
  });

  test('allows no use in a context with another value, a further key or a key less', async () => {
    expect(await allowedOf(policy, inWrongContexts)).toEqual([]);
  });

  test('allows each role exactly what it must, at any instant and in any context', async () => {
    expect(await misjudged(policy, fc.sample(aKmsCall(), 3000), lock)).toEqual([]);
  });

  // One bucket stands for all: their statements differ in a number and a date.
  const isOneOfMany = (sid: string) => /^EndOfBucket([2-9]|\d\d)$/.test(sid) && sid !== `EndOfBucket${bucketCount - 1}`;
  const needed = policy.Statement.filter(({ Sid }) => !SECOND_LINE.includes(Sid) && !isOneOfMany(Sid));
  test.each(needed.map(({ Sid }) => Sid))('needs its statement %s', async (sid) => {
    const without = { ...policy, Statement: policy.Statement.filter(({ Sid }) => Sid !== sid) };
    expect(await misjudged(without, edges, lock)).not.toEqual([]);
  });

  const secondLine = policy.Statement.filter(({ Sid }) => SECOND_LINE.includes(Sid));
  test.each(secondLine.map(({ Sid, Action }) => [Sid, Action] as const))(
    'holds by %s even if another statement allows everything',
    async (sid, denied) => {
      const mistake = { ...needed[0], Sid: 'Mistake', Action: ['kms:*'], Condition: {} } as KeyPolicyStatement;
      const only = policy.Statement.filter(({ Sid }) => Sid === sid);
      const calls = onBothSidesOfEachDate.filter(
        ({ action, atS }) =>
          denied.some((pattern) => `kms:${action}`.startsWith(pattern.replace('*', ''))) &&
          (sid !== 'NoDecryptFromT2' || atS >= T2),
      );
      expect(calls.length).toBeGreaterThan(0);
      expect(await allowedOf({ ...policy, Statement: [...only, mistake] }, calls)).toEqual([]);
      expect(await allowedOf({ ...policy, Statement: [mistake] }, calls)).not.toEqual([]);
    },
  );
});

describe('the lint', () => {
  test.each([
    ['an operator', 'DateGreaterThanEquals', 'DateGreaterThanOrEquals'],
    ['a set operator', 'ForAnyValue:StringNotEquals', 'ForAnyValues:StringNotEquals'],
    ['a date', '2026-11-24T00:15:00Z', '2026-11-24 00:15'],
    ['a condition key', 'aws:CurrentTime', 'aws:Currenttime'],
    ['the key of an encryption context', 'kms:EncryptionContext:x', 'kms:EncryptionContexts:x'],
    ['an action', 'kms:Decrypt', 'kms:Decypt'],
  ])('finds %s that is misspelt', (_, right, wrong) => {
    const text = JSON.stringify(aKeyPolicy({ lock: true }));
    expect(text).toContain(right);
    expect(misspellings(JSON.parse(text.replaceAll(right, wrong)) as KeyPolicy)).not.toEqual([]);
  });
});
