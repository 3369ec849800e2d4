// The probe tells a KMS that judges encryption contexts from one that ignores them, and leaves no key behind.

import { KMSClient } from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { judgesContexts } from '../../../../lambda/kms/condition-keys.ts';
import { kmsKeyMaker } from '../../../../lambda/kms/key-maker.ts';
import { exception } from '../../../support/aws/answer.ts';
import { fakeAws } from '../../../support/aws/fake-aws.ts';
import { activeDates } from '../../../support/contracts/key-maker-contract.ts';

const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
const SETTINGS = {
  stack: 'Vault',
  partition: 'aws',
  accountId: '111122223333',
  roleArns: { encrypt: role('e'), decrypt: role('d'), rotate: role('r'), retire: role('t') },
  lock: false,
};

/** A KMS that refuses Encrypt in some contexts. */
function aKms(refuses: (x: string) => boolean) {
  const aws = fakeAws();
  aws.fault('KMS.Encrypt', ({ EncryptionContext }) =>
    refuses(EncryptionContext.x) ? exception('AccessDeniedException') : undefined,
  );
  return { aws, kms: new KMSClient(aws.clients) };
}

describe('the probe', () => {
  test.each([
    ['one that judges contexts', (x: string) => x !== '0', true],
    ['one that leaves the condition keys out', () => true, false],
    ['one that judges no policy', () => false, false],
  ])('recognises %s, and schedules the deletion of its key', async (_, refuses, judges) => {
    const { aws, kms } = aKms(refuses);
    expect(await judgesContexts(kms, SETTINGS)).toBe(judges);
    const [create, ...others] = aws.take();
    expect(create?.input.Tags).toEqual([{ TagKey: 'daykey:stack', TagValue: 'Vault' }]);
    expect(others.at(-1)?.operation).toBe('KMS.ScheduleKeyDeletion');
  });

  test('rejects, and schedules the deletion of its key, when KMS is throttled', async () => {
    const { aws, kms } = aKms(() => false);
    aws.fault('KMS.Encrypt', () => exception('ThrottlingException'));
    await expect(judgesContexts(kms, SETTINGS)).rejects.toMatchObject({ code: 'unavailable' });
    expect(aws.take().at(-1)?.operation).toBe('KMS.ScheduleKeyDeletion');
  });
});

test.each([
  ['where contexts are judged has a statement for each bucket and six for the context', true],
  ['elsewhere has none of them, and says so', false],
] as const)('a key made %s', async (_, judges) => {
  const { aws, kms } = aKms(() => false);
  const dates = activeDates(1_800_000_000);
  const made = await kmsKeyMaker(kms, SETTINGS, async () => judges).create('shop', dates);
  expect(made.ignoresContext).toBe(judges ? undefined : true);
  const { Statement } = JSON.parse(aws.take()[0]?.input.Policy);
  const ofContext = Statement.filter(({ Sid }: { Sid: string }) => /^(Only|EndOfBucket)/.test(Sid));
  expect(ofContext).toHaveLength(judges ? 6 + dates.bucketCount : 0);
});
