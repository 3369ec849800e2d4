// The maker of app KEKs in KMS keeps the contract, sees only its own stack's keys, and waits for a KMS that is late.

import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { KEY_TAGS } from '../../../../lambda/kms/key-maker.ts';
import { exception, jsonAnswer } from '../../../support/aws/answer.ts';
import { fakeAws } from '../../../support/aws/fake-aws.ts';
import { activeDates, keyMakerContract } from '../../../support/contracts/key-maker-contract.ts';
import { keyMakerOn, keysOn } from '../../../support/contracts/on-kms.ts';

keyMakerContract('KMS', () => keysOn(new KMSClient(fakeAws().clients)));

const NOW_S = 1_800_000_000;
const DATES = activeDates(NOW_S);
const UNAVAILABLE = { code: 'unavailable', retryAfterSeconds: 1 };

function aMaker(stack = 'Vault') {
  const aws = fakeAws({ clock: () => NOW_S * 1000 });
  const kms = new KMSClient(aws.clients);
  return { aws, kms, maker: keyMakerOn(kms, { stack }) };
}

async function arnsOf(keys: AsyncIterable<{ arn: string }>): Promise<string[]> {
  const arns: string[] = [];
  for await (const { arn } of keys) arns.push(arn);
  return arns;
}

describe('a new key', () => {
  test('comes with its policy, its tags and a description, and without the check that would forbid such a policy', async () => {
    const { aws, maker } = aMaker();
    await maker.create('shop', DATES);
    const input = aws.take()[0]?.input;
    expect(input).toMatchObject({
      Description: `Daykey Vault: app KEK of shop, slot ${DATES.slot}`,
      BypassPolicyLockoutSafetyCheck: true,
      Tags: [
        { TagKey: KEY_TAGS.stack, TagValue: 'Vault' },
        { TagKey: KEY_TAGS.app, TagValue: 'shop' },
        { TagKey: KEY_TAGS.slot, TagValue: String(DATES.slot) },
        { TagKey: KEY_TAGS.decryptUntil, TagValue: String(DATES.decryptUntilS) },
      ],
    });
    expect(JSON.parse(input?.Policy).Statement.map(({ Sid }: { Sid: string }) => Sid)).toContain('NoDecryptFromT2');
  });

  test('fails with `unavailable` when KMS is throttled, and with `app-kek-refused` when the role may not make one', async () => {
    const { aws, maker } = aMaker();
    aws.fault('KMS.CreateKey', () => exception('ThrottlingException'));
    await expect(maker.create('shop', DATES)).rejects.toMatchObject(UNAVAILABLE);
    aws.fault('KMS.CreateKey', () => exception('AccessDeniedException'));
    await expect(maker.create('shop', DATES)).rejects.toMatchObject({ code: 'app-kek-refused' });
  });

  test('fails when KMS answers without an ARN', async () => {
    const { aws, maker } = aMaker();
    aws.fault('KMS.CreateKey', () => jsonAnswer(200, { KeyMetadata: {} }));
    await expect(maker.create('shop', DATES)).rejects.toThrow('KMS made a key without an ARN');
  });
});

describe('the list', () => {
  test("has neither another stack's keys nor untagged ones", async () => {
    const { kms, maker } = aMaker();
    await keyMakerOn(kms, { stack: 'Other' }).create('shop', DATES);
    await kms.send(new CreateKeyCommand({}));
    const { arn } = await maker.create('shop', DATES);
    expect(await arnsOf(maker.list(new Set()))).toEqual([arn]);
  });

  test.each([
    ['no app', { [KEY_TAGS.stack]: 'Vault', [KEY_TAGS.slot]: '1', [KEY_TAGS.decryptUntil]: '2' }],
    ['no slot', { [KEY_TAGS.stack]: 'Vault', [KEY_TAGS.app]: 'shop', [KEY_TAGS.decryptUntil]: '2' }],
    ['no end', { [KEY_TAGS.stack]: 'Vault', [KEY_TAGS.app]: 'shop', [KEY_TAGS.slot]: '1' }],
    [
      'an end in words',
      { [KEY_TAGS.stack]: 'Vault', [KEY_TAGS.app]: 'shop', [KEY_TAGS.slot]: '1', [KEY_TAGS.decryptUntil]: 'soon' },
    ],
  ])('leaves out a key whose tags have %s', async (_, tags) => {
    const { kms, maker } = aMaker();
    const Tags = Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
    await kms.send(new CreateKeyCommand({ Tags }));
    expect(await arnsOf(maker.list(new Set()))).toEqual([]);
  });

  test('asks nothing about keys that the caller knows', async () => {
    const { aws, maker } = aMaker();
    const { arn } = await maker.create('shop', DATES);
    aws.take();
    expect(await arnsOf(maker.list(new Set([arn])))).toEqual([]);
    expect(aws.counts()).toEqual({ 'KMS.ListKeys': 1 });
  });

  test('goes through every page of the account', async () => {
    const { aws, maker } = aMaker();
    for (let count = 0; count < 1001; count += 1) aws.addKey(`arn:aws:kms:eu-central-1:111122223333:key/${count}`);
    const { arn } = await maker.create('shop', DATES);
    expect(await arnsOf(maker.list(new Set()))).toEqual([arn]);
    expect(aws.counts()['KMS.ListKeys']).toBe(2);
  });

  test.each(['AccessDeniedException', 'NotFoundException'])('leaves out a key whose tags answer %s', async (name) => {
    const { aws, maker } = aMaker();
    await maker.create('shop', DATES);
    aws.fault('KMS.ListResourceTags', () => exception(name));
    expect(await arnsOf(maker.list(new Set()))).toEqual([]);
  });

  test.each(['ListKeys', 'ListResourceTags', 'DescribeKey'])('breaks off when %s is throttled', async (operation) => {
    const { aws, maker } = aMaker();
    await maker.create('shop', DATES);
    aws.fault(`KMS.${operation}`, () => exception('ThrottlingException'));
    await expect(arnsOf(maker.list(new Set()))).rejects.toMatchObject(UNAVAILABLE);
  });
});

describe('destroying', () => {
  test('asks for the shortest window', async () => {
    const { aws, maker } = aMaker();
    const { arn } = await maker.create('shop', DATES);
    aws.take();
    await maker.destroy(arn);
    expect(aws.take()[0]).toMatchObject({ operation: 'KMS.ScheduleKeyDeletion', input: { PendingWindowInDays: 7 } });
  });

  test.each([
    ['Enabled', { KeyState: 'Enabled', CreationDate: 1, DeletionDate: 2 }],
    ['without a date', { KeyState: 'PendingDeletion', CreationDate: 1 }],
    ['without its beginning', { KeyState: 'PendingDeletion', DeletionDate: 2 }],
  ])('is `unavailable` while KMS still shows the key %s', async (_, KeyMetadata) => {
    const { aws, maker } = aMaker();
    const { arn } = await maker.create('shop', DATES);
    aws.fault('KMS.DescribeKey', () => jsonAnswer(200, { KeyMetadata }));
    await expect(maker.destroy(arn)).rejects.toMatchObject(UNAVAILABLE);
  });

  test('is `app-kek-refused` where the policy forbids it', async () => {
    const { aws, maker } = aMaker();
    const { arn } = await maker.create('shop', DATES);
    aws.fault('KMS.ScheduleKeyDeletion', () => exception('AccessDeniedException'));
    await expect(maker.destroy(arn)).rejects.toMatchObject({ code: 'app-kek-refused' });
  });
});

test('the health of a key that may not be looked at is an error, not an answer', async () => {
  const { aws, maker } = aMaker();
  const { arn } = await maker.create('shop', DATES);
  aws.fault('KMS.DescribeKey', () => exception('AccessDeniedException'));
  await expect(maker.isHealthy(arn)).rejects.toMatchObject({ code: 'app-kek-refused' });
});
