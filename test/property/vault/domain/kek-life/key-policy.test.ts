// The key policy as the in-memory KMS judges it, at any instant and in any encryption context, and its size.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyPolicy, keyPolicyBytes, MAX_KEY_POLICY_BYTES } from '../../../../../vault/domain/kek-life/key-policy.ts';
import { slotDates } from '../../../../../vault/domain/kek-life/slot.ts';
import { isAllowed } from '../../../../../vault/memory/policy-judge.ts';
import {
  ACCOUNT,
  aKeyPolicy,
  aKmsCall,
  mustAllow,
  principalOf,
  takesContext,
} from '../../../../support/key-policy-calls.ts';
import { aLife } from '../../../../support/lives.ts';

describe.each([
  ['an unlocked key', false],
  ['a locked key', true],
])('the policy of %s', (_, lock) => {
  test('M22: allows each role exactly what it must, at any instant and in any context', () => {
    const policy = aKeyPolicy({ lock });
    fc.assert(
      fc.property(aKmsCall(), (call) => {
        const { arn, account, isAllowedByIdentity } = principalOf(call.who);
        const request = {
          action: `kms:${call.action}`,
          principalArn: arn,
          accountId: account,
          isAllowedByIdentity,
          atS: call.atS,
        };
        const judged = isAllowed(
          policy,
          takesContext(call) ? { ...request, encryptionContext: call.context } : request,
        );
        expect(judged).toBe(mustAllow(call, lock));
      }),
      { numRuns: 5000 },
    );
  });
});

test('a key policy stays below its limit for every setting there is, and a default one below 28 KB', () => {
  const aPath = fc.stringMatching(/^[!-.0-~]{0,510}$/).map((path) => (path === '' ? '/' : `/${path}/`));
  const aRole = fc.tuple(aPath, fc.stringMatching(/^[\w+=,.@-]{64}$/));
  fc.assert(
    fc.property(
      aLife(),
      fc.constantFrom('aws', 'aws-cn', 'aws-us-gov', 'aws-iso-b'),
      fc.tuple(aRole, aRole, aRole, aRole),
      fc.boolean(),
      fc.integer({ min: 10 ** 9, max: 2 ** 32 - 1 - 10 ** 8 }),
      (life, partition, roles, lock, slot) => {
        const [encrypt = '', decrypt = '', rotate = '', retire = ''] = roles.map(
          ([path, name]) => `arn:${partition}:iam::${ACCOUNT}:role${path}${name}`,
        );
        const policy = keyPolicy({
          partition,
          accountId: ACCOUNT,
          roleArns: { encrypt, decrypt, rotate, retire },
          holder: { app: 'a'.repeat(63) },
          dates: slotDates(slot, slot + life.cycleS, life),
          lock,
        });
        expect(keyPolicyBytes(policy)).toBeLessThanOrEqual(MAX_KEY_POLICY_BYTES);
      },
    ),
    { numRuns: 300 },
  );
  expect(keyPolicyBytes(aKeyPolicy({ lock: true }))).toBeLessThan(28_000);
  // AWS KMS developer guide, resource quotas: key policy document size.
  expect(MAX_KEY_POLICY_BYTES).toBeLessThan(32 * 1024);
});
