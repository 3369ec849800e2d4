// Finds what a policy simulator ignores without a word: misspelt operators, keys, actions and dates.

import { CONTEXT_KEYS } from '../../vault/domain/envelope/context.ts';
import type { KeyPolicy } from '../../vault/domain/kek-life/key-policy.ts';

// The condition operators our policies use, spelt as in the IAM reference ("IAM JSON policy elements: condition operators").
const OPERATORS = new Set([
  'StringEquals',
  'StringNotEquals',
  'ForAnyValue:StringNotEquals',
  'Null',
  'ArnLike',
  'DateGreaterThanEquals',
  'DateLessThan',
]);
// AWS KMS, "Condition keys" in the service authorization reference, and the global ones.
const KEYS = new Set([
  'aws:PrincipalAccount',
  'aws:PrincipalArn',
  'aws:CurrentTime',
  'kms:EncryptionContextKeys',
  ...CONTEXT_KEYS.map((key) => `kms:EncryptionContext:${key}`),
]);
// ISO 8601 in UTC, to the second (IAM reference, "Date condition operators").
const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const ARN = /^arn:aws[a-z-]*:(iam|sts)::\d{12}:(root|role\/[\w+=,.@/-]+|assumed-role\/[\w+=,.@-]+\/\*)$/;
// AWS KMS, "Actions" in the service authorization reference; wildcards as our policies use them.
const ACTIONS = new Set([
  'kms:Encrypt',
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:ListResourceTags',
  'kms:ScheduleKeyDeletion',
  'kms:CancelKeyDeletion',
  'kms:PutKeyPolicy',
  'kms:CreateGrant',
  'kms:DisableKey',
  'kms:EnableKey',
  'kms:Describe*',
  'kms:Get*',
  'kms:List*',
  'kms:ReEncrypt*',
  'kms:GenerateDataKey*',
]);
const STATEMENT = new Set(['Sid', 'Effect', 'Principal', 'Action', 'Resource', 'Condition']);

/** Everything in a key policy that is misspelt; empty when nothing is. */
export function misspellings({ Statement }: KeyPolicy): string[] {
  return Statement.flatMap((statement) => {
    const at = (what: string) => `${statement.Sid}: ${what}`;
    const conditions = Object.entries(statement.Condition ?? {}).flatMap(([operator, byKey]) =>
      Object.entries(byKey).flatMap(([key, value]) => [value].flat().map((one) => ({ operator, key, one }))),
    );
    return [
      ...Object.keys(statement).filter((name) => !STATEMENT.has(name)),
      ...statement.Action.filter((action) => !ACTIONS.has(action)),
      ...conditions.flatMap(({ operator, key, one }) => [
        ...(OPERATORS.has(operator) ? [] : [operator]),
        ...(KEYS.has(key) ? [] : [key]),
        ...(operator.startsWith('Date') && !DATE.test(one) ? [one] : []),
        ...(operator.startsWith('Arn') && !ARN.test(one) ? [one] : []),
      ]),
    ].map(at);
  });
}
