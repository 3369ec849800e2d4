// The judge of key policies, element by element: each operator with and without its key, and what it does not know throws.

import { describe, expect, test } from 'vitest';
import type { KeyPolicy } from '../../../../vault/domain/kek-life/key-policy.ts';
import { isAllowed, type PolicyRequest } from '../../../../vault/memory/policy-judge.ts';

const ACCOUNT = '111122223333';
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const REQUEST: PolicyRequest = {
  action: 'kms:Decrypt',
  principalArn: `arn:aws:iam::${ACCOUNT}:role/decrypt`,
  accountId: ACCOUNT,
  isAllowedByIdentity: true,
  atS: 1_800_000_000,
  encryptionContext: { App: 'shop', x: '7' },
};

type Statement = KeyPolicy['Statement'][number];
const policyOf = (...statements: Partial<Statement>[]): KeyPolicy => ({
  Version: '2012-10-17',
  Statement: statements.map(
    (statement) =>
      ({
        Sid: 'A',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: ['kms:*'],
        Resource: '*',
        ...statement,
      }) as Statement,
  ),
});
const judge = (statement: Partial<Statement>, request: Partial<PolicyRequest> = {}) =>
  isAllowed(policyOf(statement), { ...REQUEST, ...request });
const holds = (condition: object, request: Partial<PolicyRequest> = {}) =>
  judge({ Condition: condition as NonNullable<Statement['Condition']> }, request);

test('some Allow has to match, and no Deny may', () => {
  expect(isAllowed(policyOf(), REQUEST)).toBe(false);
  expect(isAllowed(policyOf({}), REQUEST)).toBe(true);
  expect(isAllowed(policyOf({}, { Effect: 'Deny', Action: ['kms:Decrypt'] }), REQUEST)).toBe(false);
  expect(isAllowed(policyOf({}, { Effect: 'Deny', Action: ['kms:Encrypt'] }), REQUEST)).toBe(true);
  expect(isAllowed(policyOf({ Effect: 'Deny', Action: ['kms:Encrypt'] }), REQUEST)).toBe(false);
});

test.each<[actions: string[], action: string, matches: boolean]>([
  [['kms:Decrypt'], 'kms:Decrypt', true],
  [['kms:Decrypt'], 'kms:DecryptX', false],
  [['kms:Decrypt'], 'xkms:Decrypt', false],
  [['kms:Encrypt', 'kms:Decrypt'], 'kms:Decrypt', true],
  [['kms:Re*'], 'kms:ReEncryptTo', true],
  [['kms:Re*'], 'kms:Decrypt', false],
  [['kms:*Key*'], 'kms:ScheduleKeyDeletion', true],
  [['kms:*Key*'], 'kms:CreateKey', true],
  [['kms:*Key*'], 'kms:Decrypt', false],
  [['kms:*Key*Deletion'], 'kms:ScheduleKeyDeletion', true],
  [['kms:*Key*Key'], 'kms:ScheduleKey', false],
  [['kms:*Encrypt'], 'kms:Encrypt', true],
  [['kms:*Encrypt'], 'kms:EncryptX', false],
  [['kms:Decrypt*Decrypt'], 'kms:Decrypt', false],
])('the actions %j cover %s: %s', (Action, action, matches) => {
  expect(judge({ Action } as Partial<Statement>, { action })).toBe(matches);
});

describe('a principal', () => {
  test('that is the account covers what the role’s own policies allow, in that account', () => {
    expect(judge({ Principal: { AWS: ROOT } })).toBe(true);
    expect(judge({ Principal: { AWS: ROOT } }, { isAllowedByIdentity: false })).toBe(false);
    expect(judge({ Principal: { AWS: ROOT } }, { accountId: '444455556666' })).toBe(false);
    expect(judge({}, { isAllowedByIdentity: false, accountId: '444455556666' })).toBe(true);
  });

  test.each<[Partial<Statement>]>([
    [{ Principal: { AWS: `x${ROOT}` } }],
    [{ Principal: { AWS: `${ROOT}x` } }],
    [{ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/a` } }],
    [{ Effect: 'Deny', Principal: { AWS: ROOT } }],
  ])('of %j is not judged', (statement) => {
    expect(() => judge(statement)).toThrow('the policy names a principal that is not judged here');
  });
});

describe('a condition', () => {
  const KEYS = 'kms:EncryptionContextKeys';
  test.each<[condition: object, matches: boolean]>([
    [{ StringEquals: { 'kms:EncryptionContext:app': ['bank', 'shop'] } }, true],
    [{ StringEquals: { 'kms:EncryptionContext:app': 'bank' } }, false],
    [{ StringEquals: { 'kms:EncryptionContext:absent': 'shop' } }, false],
    [{ StringEquals: { 'aws:PrincipalAccount': ACCOUNT, 'kms:EncryptionContext:X': '8' } }, false],
    [{ StringEquals: { [KEYS]: 'x' } }, true],
    [{ StringNotEquals: { 'kms:EncryptionContext:app': ['bank', 'clinic'] } }, true],
    [{ StringNotEquals: { 'kms:EncryptionContext:app': ['bank', 'shop'] } }, false],
    [{ StringNotEquals: { 'kms:EncryptionContext:absent': 'shop' } }, true],
    [{ 'ForAnyValue:StringNotEquals': { [KEYS]: ['App', 'x'] } }, false],
    [{ 'ForAnyValue:StringNotEquals': { [KEYS]: 'App' } }, true],
    [{ ArnLike: { 'aws:PrincipalArn': [`arn:aws:iam::${ACCOUNT}:role/e*`, '*:role/decrypt'] } }, true],
    [{ ArnLike: { 'aws:PrincipalArn': '*:role/encrypt' } }, false],
    [{ DateGreaterThanEquals: { 'aws:CurrentTime': '2027-01-15T08:00:00Z' } }, true],
    [{ DateGreaterThanEquals: { 'aws:CurrentTime': '2027-01-15T08:00:01Z' } }, false],
    [{ DateLessThan: { 'aws:CurrentTime': '2027-01-15T08:00:01Z' } }, true],
    [{ DateLessThan: { 'aws:CurrentTime': '2027-01-15T08:00:00Z' } }, false],
    [{ Null: { 'kms:EncryptionContext:app': 'false' } }, true],
    [{ Null: { 'kms:EncryptionContext:app': 'true' } }, false],
    [{ Null: { 'kms:EncryptionContext:absent': 'true' } }, true],
    [{ Null: { 'kms:EncryptionContext:absent': 'false' } }, false],
  ])('%j holds: %s', (condition, matches) => {
    expect(holds(condition)).toBe(matches);
  });

  test('sees no context in a call without one, and of two keys that differ in case the last', () => {
    const { encryptionContext: _, ...without } = REQUEST;
    const isShop = policyOf({ Condition: { StringEquals: { 'kms:EncryptionContext:app': 'shop' } } });
    expect(isAllowed(isShop, without)).toBe(false);
    expect(isAllowed(policyOf({ Condition: { Null: { [KEYS]: 'true' } } }), without)).toBe(true);
    expect(isAllowed(isShop, { ...REQUEST, encryptionContext: { app: 'shop', APP: 'bank' } })).toBe(false);
  });

  test.each<[condition: object, words: string]>([
    [{ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, 'an operator that is not judged here: IpAddress'],
    [{ constructor: { 'aws:CurrentTime': 'x' } }, 'an operator that is not judged here: constructor'],
    [{ StringEquals: { 'aws:SourceIp': '10.0.0.1' } }, 'a condition key that is not judged here: aws:SourceIp'],
    [{ DateLessThan: { 'aws:CurrentTime': [] } }, 'an operator other than one operand'],
    [{ Null: { 'aws:CurrentTime': ['true', 'false'] } }, 'an operator other than one operand'],
    [{ DateLessThan: { 'aws:CurrentTime': 'tomorrow' } }, 'a date that is none'],
  ])('%j is not judged', (condition, words) => {
    expect(() => holds(condition)).toThrow(words);
  });
});
