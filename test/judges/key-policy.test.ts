// The key policy, judged by an IAM policy evaluator at any instant and in any encryption context, for every role and
// action. Linted first: an evaluator ignores what is misspelt.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeyPolicy, KeyPolicyStatement } from '../../vault/domain/kek-life/key-policy.ts';
import type { KekLife } from '../../vault/domain/kek-life/life.ts';
import { refusedFromS, type SlotDates, slotDates } from '../../vault/domain/kek-life/slot.ts';
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
// They deny what no other statement allows, or what other statements deny before them.
const SECOND_LINE = ['NoOtherUse', 'NoChangeOfThisPolicy', 'NoDecryptFromT2'];

/** The calls that the evaluator decides differently from {@link mustAllow}. */
async function misjudged(
  policy: KeyPolicy,
  calls: readonly KmsCall[],
  lock: boolean,
  dates: SlotDates,
): Promise<KmsCall[]> {
  const passed = new Set(await allowedOf(policy, calls));
  return calls.filter((call) => passed.has(call) !== mustAllow(call, lock, dates));
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

/** Calls of everyone on both sides of each date, in our context. */
function onBothSidesOfEachDate(dates: SlotDates): KmsCall[] {
  const { encryptUntilS: t1, decryptUntilS: t2, bucketCount } = dates;
  return EVERYONE.flatMap((who) =>
    ACTIONS.flatMap((action) => {
      const buckets = takesContext({ action }) ? [0, 1, bucketCount - 1] : [0];
      return buckets.flatMap((bucket) => {
        const endS = refusedFromS(dates, bucket);
        const instants = takesContext({ action }) ? [t1 - 1, t1, t2 - 1, t2, endS - 1, endS] : [t2 - 1, t2];
        return instants.map((atS) => ({ who, action, atS, context: contextIn(bucket, dates) }));
      });
    }),
  );
}

/** Uses of the key at its best time, in a context that is not ours. */
function inWrongContexts(dates: SlotDates): KmsCall[] {
  const ours = contextIn(1, dates);
  const contexts: KmsCall['context'][] = [
    { ...ours, app: 'bank' },
    { ...ours, slot: String(dates.slot - 86_400) },
    { ...ours, v: '1' },
    { ...ours, x: String(dates.bucketCount) },
    { ...ours, thread: 't' },
    { ...ours, X: '0' },
    ...Object.keys(ours).map((gone) => Object.fromEntries(Object.entries(ours).filter(([key]) => key !== gone))),
    {},
  ];
  return contexts.flatMap((context) => [
    { who: 'encrypt' as const, action: 'Encrypt' as const, atS: dates.slot, context },
    { who: 'decrypt' as const, action: 'Decrypt' as const, atS: dates.slot, context },
  ]);
}

// The evaluator parses the policy for each call, so most tests use a short life with 11 buckets instead of 94. Its margin is
// long enough for the last bucket to end before T2, so that its statement is needed too.
const SHORT_LIFE: KekLife = { cycleS: 300, leadS: 60, graceS: 60, maxTtlS: 240, marginS: 180 };
const SHORT = slotDates(DATES.slot, DATES.slot + SHORT_LIFE.cycleS, SHORT_LIFE);

describe.each([
  ['an unlocked key', false],
  ['a locked key', true],
])('the policy of %s', (_, lock) => {
  const byDefault = aKeyPolicy({ lock });
  const policy = aKeyPolicy({ lock, dates: SHORT });

  test('is spelt right', () => {
    expect(misspellings(byDefault)).toEqual([]);
  });

  test('allows each role exactly what it must, on both sides of each date, with the default settings', async () => {
    expect(await misjudged(byDefault, onBothSidesOfEachDate(DATES), lock, DATES)).toEqual([]);
  });

  test('allows no use in a context with another value, a further key or a key less', async () => {
    expect(await allowedOf(byDefault, inWrongContexts(DATES))).toEqual([]);
  });

  test('allows each role exactly what it must, at any instant and in any context', async () => {
    expect(await misjudged(policy, fc.sample(aKmsCall(SHORT), 2000), lock, SHORT)).toEqual([]);
  });

  const edges = [...onBothSidesOfEachDate(SHORT), ...inWrongContexts(SHORT)];
  // One bucket stands for all: their statements differ in a number and a date.
  const isOneOfMany = (sid: string) => /^EndOfBucket[2-9]$/.test(sid);
  const needed = policy.Statement.filter(({ Sid }) => !SECOND_LINE.includes(Sid) && !isOneOfMany(Sid));
  test.each(needed.map(({ Sid }) => Sid))('needs its statement %s', async (sid) => {
    const without = { ...policy, Statement: policy.Statement.filter(({ Sid }) => Sid !== sid) };
    expect(await misjudged(without, edges, lock, SHORT)).not.toEqual([]);
  });

  const secondLine = policy.Statement.filter(({ Sid }) => SECOND_LINE.includes(Sid));
  test.each(secondLine.map(({ Sid, Action }) => [Sid, Action] as const))(
    'holds by %s even if another statement allows everything',
    async (sid, denied) => {
      const mistake = { ...needed[0], Sid: 'Mistake', Action: ['kms:*'], Condition: {} } as KeyPolicyStatement;
      const only = policy.Statement.filter(({ Sid }) => Sid === sid);
      const calls = onBothSidesOfEachDate(SHORT).filter(
        ({ action, atS }) =>
          denied.some((pattern) => `kms:${action}`.startsWith(pattern.replace('*', ''))) &&
          (sid !== 'NoDecryptFromT2' || atS >= SHORT.decryptUntilS),
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
