// A stack whose key policies KMS would refuse is refused before it is deployed.

import { Token } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { checkKeyPolicySize } from '../../../lib/key-policy-size.ts';
import { DEFAULT_LIFE } from '../../../vault/domain/kek-life/life.ts';

const settings = (path: string) => {
  const account = Token.asString({ Ref: 'AWS::AccountId' });
  const role = (name: string) => `arn:aws:iam::${account}:role/${path}${name}`;
  return {
    partition: 'aws',
    accountId: account,
    roleArns: { encrypt: role('e'), decrypt: role('d'), rotate: role('r'), retire: role('t') },
    lock: true,
  };
};

test('the largest key policy of a stack fits, with the longest paths that IAM takes', () => {
  expect(checkKeyPolicySize(settings(''), DEFAULT_LIFE)).toBeLessThan(28_000);
  expect(checkKeyPolicySize(settings(`${'p'.repeat(510)}/`), DEFAULT_LIFE)).toBeLessThan(32_000);
});

test('one that is too large is refused, with its size and what to do', () => {
  expect(() => checkKeyPolicySize(settings(`${'p'.repeat(2000)}/`), DEFAULT_LIFE)).toThrow(
    /^key policies: must have at most 32000 bytes, got \d+: shorten the names or paths of the roles$/,
  );
});
