// The maker of app KEKs in KMS keeps the contract, sees only its own stack's keys, and copes with a KMS that is late or strict.

import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { KEY_TAGS } from '../../../../lambda/kms/key-maker.ts';
import { exception, type Input, jsonAnswer } from '../../../support/aws/answer.ts';
import { fakeAws } from '../../../support/aws/fake-aws.ts';
import { activeDates, keyMakerContract } from '../../../support/contracts/key-maker-contract.ts';
import { keyMakerOn, keysOn } from '../../../support/contracts/on-kms.ts';

keyMakerContract('KMS', { findsByTags: true }, () => keysOn(new KMSClient(fakeAws().clients)));

const NOW_S = 1_800_000_000;
const DATES = activeDates(NOW_S);
const UNAVAILABLE = { code: 'unavailable', retryAfterSeconds: 1 };

function aMaker({ deletionWindowDays = 7 } = {}) {
  const aws = fakeAws({ clock: () => NOW_S * 1000 });
  const kms = new KMSClient(aws.clients);
  return { aws, kms, maker: keyMakerOn(kms, { stack: 'Vault', deletionWindowDays }) };
}

/** What a service control policy answers that forbids short windows. */
const noShortWindow = ({ PendingWindowInDays }: Input) =>
  PendingWindowInDays < 30
    ? exception('AccessDeniedException', 400, 'explicit deny in a service control policy')
    : undefined;

async function arnsOf(keys: AsyncIterable<{ arn: string }>): Promise<string[]> {
  const arns: string[] = [];
  for await (const { arn } of keys) arns.push(arn);
  return arns;
}

describe('a new key', () => {
  test('comes with its policy, its tags and a description, and without the check that would forbid such a policy', async () => {
    const { aws, maker } = aMaker();
    await maker.create({ app: 'shop' }, DATES);
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
    await expect(maker.create({ app: 'shop' }, DATES)).rejects.toMatchObject(UNAVAILABLE);
    aws.fault('KMS.CreateKey', () => exception('AccessDeniedException'));
    await expect(maker.create({ app: 'shop' }, DATES)).rejects.toMatchObject({ code: 'app-kek-refused' });
  });

  test('fails when KMS answers without an ARN', async () => {
    const { aws, maker } = aMaker();
    aws.fault('KMS.CreateKey', () => jsonAnswer(200, { KeyMetadata: {} }));
    await expect(maker.create({ app: 'shop' }, DATES)).rejects.toThrow('KMS made a key without an ARN');
  });
});

describe('the list', () => {
  test("has neither another stack's keys nor untagged ones", async () => {
    const { kms, maker } = aMaker();
    await keyMakerOn(kms, { stack: 'Other' }).create({ app: 'shop' }, DATES);
    await kms.send(new CreateKeyCommand({}));
    const { arn } = await maker.create({ app: 'shop' }, DATES);
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
    const { arn } = await maker.create({ app: 'shop' }, DATES);
    aws.take();
    expect(await arnsOf(maker.list(new Set([arn])))).toEqual([]);
    expect(aws.counts()).toEqual({ 'Tagging.GetResources': 1 });
  });

  test('asks nothing about the other keys of the account', async () => {
    const { aws, maker } = aMaker();
    for (let count = 0; count < 200; count += 1) aws.addKey(`arn:aws:kms:eu-central-1:111122223333:key/${count}`);
    const { arn } = await maker.create({ app: 'shop' }, DATES);
    aws.take();
    expect(await arnsOf(maker.list(new Set()))).toEqual([arn]);
    expect(aws.counts()).toEqual({ 'Tagging.GetResources': 1, 'KMS.DescribeKey': 1 });
  });

  test('goes through every page', async () => {
    const { aws, maker } = aMaker();
    const made = await Promise.all(Array.from({ length: 101 }, () => maker.create({ app: 'shop' }, DATES)));
    expect((await arnsOf(maker.list(new Set()))).toSorted()).toEqual(made.map(({ arn }) => arn).toSorted());
    expect(aws.counts()['Tagging.GetResources']).toBe(2);
  });

  test.each(['Tagging.GetResources', 'KMS.DescribeKey'])('breaks off when %s is throttled', async (operation) => {
    const { aws, maker } = aMaker();
    await maker.create({ app: 'shop' }, DATES);
    aws.fault(operation, () => exception('ThrottledException'));
    await expect(arnsOf(maker.list(new Set()))).rejects.toMatchObject(UNAVAILABLE);
  });

  test('says in the words of AWS why it may not look', async () => {
    const { aws, maker } = aMaker();
    aws.fault('Tagging.GetResources', () => exception('AccessDeniedException', 400, 'no tag:GetResources'));
    await expect(arnsOf(maker.list(new Set()))).rejects.toThrow('AccessDeniedException: no tag:GetResources');
  });
});

describe('destroying', () => {
  test.each([7, 12, 30])('asks for the window of the settings: %i days', async (deletionWindowDays) => {
    const { aws, maker } = aMaker({ deletionWindowDays });
    const { arn } = await maker.create({ app: 'shop' }, DATES);
    aws.take();
    const goneAtS = NOW_S + deletionWindowDays * 24 * 3600;
    expect(await maker.destroy(arn)).toEqual({ arn, createdAtS: NOW_S, goneAtS });
    expect(aws.take()[0]).toMatchObject({
      operation: 'KMS.ScheduleKeyDeletion',
      input: { PendingWindowInDays: deletionWindowDays },
    });
  });

  test('takes the date from the answer of the call itself, so that a late description changes nothing', async () => {
    const { aws, maker } = aMaker();
    const { arn } = await maker.create({ app: 'shop' }, DATES);
    aws.fault('KMS.DescribeKey', () => jsonAnswer(200, { KeyMetadata: { KeyState: 'Enabled', CreationDate: NOW_S } }));
    expect(await maker.destroy(arn)).toEqual({ arn, createdAtS: NOW_S, goneAtS: NOW_S + 7 * 24 * 3600 });
  });

  test('waits for the description of a key that was scheduled before', async () => {
    const { aws, maker } = aMaker();
    const { arn } = await maker.create({ app: 'shop' }, DATES);
    const first = await maker.destroy(arn);
    let looks = 0;
    aws.fault('KMS.DescribeKey', () => {
      looks += 1;
      return looks < 4 ? jsonAnswer(200, { KeyMetadata: { KeyState: 'Enabled', CreationDate: NOW_S } }) : undefined;
    });
    expect(await maker.destroy(arn)).toEqual(first);
    expect(looks).toBe(4);
  });

  test('is `unavailable` when that description stays late', async () => {
    const { aws, maker } = aMaker();
    const { arn } = await maker.create({ app: 'shop' }, DATES);
    await maker.destroy(arn);
    aws.fault('KMS.DescribeKey', () => jsonAnswer(200, { KeyMetadata: { KeyState: 'Enabled', CreationDate: NOW_S } }));
    await expect(maker.destroy(arn)).rejects.toMatchObject(UNAVAILABLE);
  });

  test('takes the longest window where a policy refuses a shorter one: the key ends all the same', async () => {
    const { aws, maker } = aMaker();
    const { arn } = await maker.create({ app: 'shop' }, DATES);
    aws.fault('KMS.ScheduleKeyDeletion', noShortWindow);
    expect(await maker.destroy(arn)).toMatchObject({ goneAtS: NOW_S + 30 * 24 * 3600 });
  });

  test("is `app-kek-refused`, in KMS's own words, where a policy forbids every window", async () => {
    const { aws, maker } = aMaker();
    const { arn } = await maker.create({ app: 'shop' }, DATES);
    aws.fault('KMS.ScheduleKeyDeletion', ({ PendingWindowInDays }) =>
      exception('AccessDeniedException', 400, `explicit deny, ${PendingWindowInDays} days`),
    );
    await expect(maker.destroy(arn)).rejects.toMatchObject({
      code: 'app-kek-refused',
      message: 'refused to destroy an app KEK: AccessDeniedException: explicit deny, 7 days',
    });
  });
});

test('the health of a key that may not be looked at is an error, not an answer', async () => {
  const { aws, maker } = aMaker();
  const { arn } = await maker.create({ app: 'shop' }, DATES);
  aws.fault('KMS.DescribeKey', () => exception('AccessDeniedException'));
  await expect(maker.isHealthy(arn)).rejects.toMatchObject({ code: 'app-kek-refused' });
});
