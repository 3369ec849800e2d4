// The probe finds out whether KMS lets the vault make and delete keys and judges encryption contexts, and leaves no key behind.

import { KMSClient } from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { kmsKeyMaker } from '../../../../lambda/kms/key-maker.ts';
import { judgesContexts, probeKeys } from '../../../../lambda/kms/probe.ts';
import type { MadeKey } from '../../../../vault/ports/key-maker.ts';
import { exception } from '../../../support/aws/answer.ts';
import { fakeAws } from '../../../support/aws/fake-aws.ts';
import { activeDates } from '../../../support/contracts/key-maker-contract.ts';
import { keyMakerOn } from '../../../support/contracts/on-kms.ts';
import { taggedKeysBeside } from '../../../support/tagged-keys.ts';

const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
const SETTINGS = {
  stack: 'Vault',
  partition: 'aws',
  accountId: '111122223333',
  roleArns: { encrypt: role('e'), decrypt: role('d'), rotate: role('r'), retire: role('t') },
  lock: false,
  deletionWindowDays: 7,
  keyTags: {},
};
const NOW_S = 1_800_000_000;
const PARTS = { clock: () => NOW_S * 1000, wait: async () => undefined };

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
    expect(await judgesContexts(kms, SETTINGS, PARTS)).toBe(judges);
    const [create, ...others] = aws.take();
    expect(create?.input.Tags).toContainEqual({ TagKey: 'daykey:stack', TagValue: 'Vault' });
    expect(others.at(-1)?.operation).toBe('KMS.ScheduleKeyDeletion');
  });

  test('rejects, and schedules the deletion of its key, when KMS is throttled', async () => {
    const { aws, kms } = aKms(() => false);
    aws.fault('KMS.Encrypt', () => exception('ThrottlingException'));
    await expect(judgesContexts(kms, SETTINGS, PARTS)).rejects.toMatchObject({ code: 'unavailable' });
    expect(aws.take().at(-1)?.operation).toBe('KMS.ScheduleKeyDeletion');
  });
});

describe('before the first app', () => {
  const SCP = 'User: rotate is not authorized to perform it with an explicit deny in a service control policy';
  const denied = () => exception('AccessDeniedException', 400, SCP);
  const aVault = () => {
    const aws = fakeAws({ clock: PARTS.clock });
    return { aws, kms: new KMSClient(aws.clients) };
  };

  test('the probe makes a key and schedules its deletion with the window of the settings', async () => {
    const { aws, kms } = aVault();
    await probeKeys(kms, { ...SETTINGS, deletionWindowDays: 12 }, PARTS);
    const [create, ...others] = aws.take();
    expect(create).toMatchObject({ operation: 'KMS.CreateKey', input: { BypassPolicyLockoutSafetyCheck: true } });
    expect(others.map(({ operation, input }) => [operation, input.PendingWindowInDays])).toEqual([
      ['KMS.ScheduleKeyDeletion', 12],
    ]);
  });

  test("fails in KMS's own words where a policy forbids such keys", async () => {
    const { aws, kms } = aVault();
    aws.fault('KMS.CreateKey', denied);
    await expect(probeKeys(kms, SETTINGS, PARTS)).rejects.toMatchObject({
      code: 'app-kek-refused',
      message: expect.stringMatching(new RegExp(`AccessDeniedException: ${SCP} Let the rotate function make keys`)),
    });
  });

  test("fails in KMS's own words where a policy forbids so short a window, and its key ends all the same", async () => {
    const { aws, kms } = aVault();
    aws.fault('KMS.ScheduleKeyDeletion', ({ PendingWindowInDays }) =>
      PendingWindowInDays < 30 ? denied() : undefined,
    );
    await expect(probeKeys(kms, SETTINGS, PARTS)).rejects.toThrow(`${SCP} Set deletionWindowDays (now 7)`);
    expect(aws.take().at(-1)).toMatchObject({
      operation: 'KMS.ScheduleKeyDeletion',
      input: { PendingWindowInDays: 30 },
    });
  });

  test('a key that KMS shows late is waited for', async () => {
    const { aws, kms } = aVault();
    let late = 3;
    aws.fault('KMS.ScheduleKeyDeletion', () => {
      late -= 1;
      return late >= 0 ? exception('NotFoundException') : undefined;
    });
    await probeKeys(kms, SETTINGS, PARTS);
    expect(aws.counts()).toMatchObject({ 'KMS.CreateKey': 1, 'KMS.ScheduleKeyDeletion': 1 });
  });

  test('is `unavailable` when KMS is throttled, or never shows the key', async () => {
    const { aws, kms } = aVault();
    for (const name of ['ThrottlingException', 'NotFoundException']) {
      aws.fault('KMS.ScheduleKeyDeletion', () => exception(name));
      await expect(probeKeys(kms, SETTINGS, PARTS)).rejects.toMatchObject({ code: 'unavailable' });
    }
  });

  test('a key that was left behind is one that the janitor finds and may destroy at once', async () => {
    const { aws, kms } = aVault();
    const heal = aws.fault('KMS.ScheduleKeyDeletion', () => exception('ThrottlingException'));
    await expect(probeKeys(kms, SETTINGS, PARTS)).rejects.toThrow();
    heal();
    const maker = keyMakerOn(kms, { stack: 'Vault' });
    const found: MadeKey[] = [];
    for await (const key of maker.list(new Set())) found.push(key);
    expect(found).toMatchObject([{ holder: { app: '-' }, decryptUntilS: NOW_S }]);
    expect(await maker.destroy(found[0]?.arn ?? '')).toBeDefined();
  });
});

test.each([
  ['where contexts are judged has a statement for each bucket and seven for the context', true],
  ['elsewhere has none of them, and says so', false],
] as const)('a key made %s', async (_, judges) => {
  const { aws, kms } = aKms(() => false);
  const dates = activeDates(1_800_000_000);
  const made = await kmsKeyMaker(kms, SETTINGS, {
    findTaggedKeys: taggedKeysBeside(kms),
    judgesContexts: async () => judges,
  }).create({ app: 'shop' }, dates);
  expect(made.ignoresContext).toBe(judges ? undefined : true);
  const { Statement } = JSON.parse(aws.take()[0]?.input.Policy);
  const ofContext = Statement.filter(({ Sid }: { Sid: string }) => /^(Only|EndOfBucket)/.test(Sid));
  expect(ofContext).toHaveLength(judges ? 7 + dates.bucketCount : 0);
});
