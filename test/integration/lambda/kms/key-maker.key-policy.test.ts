// The key policy, judged in real time: roles without KMS rights by identity try what they may and may not.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CancelKeyDeletionCommand,
  CreateGrantCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  type KMSClient,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { beforeAll, describe, expect, test } from 'vitest';
import { kmsKeyMaker } from '../../../../lambda/kms/key-maker.ts';
import { type WrapContext, wrapContext } from '../../../../vault/domain/envelope/context.ts';
import { BUCKET_DELAY_S } from '../../../../vault/domain/kek-life/bucket.ts';
import { DEFAULT_LIFE } from '../../../../vault/domain/kek-life/life.ts';
import { refusedFromS, slotDates } from '../../../../vault/domain/kek-life/slot.ts';
import { secondsOf } from '../../../../vault/ports/clock.ts';
import { taggedKeysBeside } from '../../../support/tagged-keys.ts';
import { ACCOUNT_ID, iamAs, kmsAs, ROOT, stsAs } from '../emulated.ts';

const ROLES = ['encrypt', 'decrypt', 'rotate', 'retire', 'admin'] as const;
type Role = (typeof ROLES)[number];

const DENIED = { name: 'AccessDeniedException' };
const RUN = randomUUID().slice(0, 8);
const PLAINTEXT = Buffer.alloc(60, 1);
const BUNDLE_ID = 'a'.repeat(20);

const roleName = (role: Role) => `daykey-${RUN}-${role}`;
const roleArn = (role: Role) => `arn:aws:iam::${ACCOUNT_ID}:role/${roleName(role)}`;

describe('the key policy of an app KEK', () => {
  const as = new Map<Role, KMSClient>();
  const kms = (role: Role): KMSClient => as.get(role) ?? kmsAs({ accessKeyId: 'nobody', secretAccessKey: 'nobody' });

  beforeAll(async () => {
    for (const role of ROLES) as.set(role, await clientOf(role));
  });

  /** A key whose T1 and T2 are so many seconds from now, and whose slot began `agoS` seconds before. */
  async function aKey({ t1 = 3600, t2 = 7200, lock = false, agoS = 0 } = {}) {
    const nowS = secondsOf(Date.now());
    const dates = {
      ...slotDates(nowS - agoS, nowS - agoS + DEFAULT_LIFE.cycleS, DEFAULT_LIFE),
      encryptUntilS: nowS + t1,
      decryptUntilS: nowS + t2,
    };
    const context = wrapContext('shop', { holder: { app: 'shop' }, slot: dates.slot }, BUNDLE_ID, 0);
    const untilS = (atS: number) => sleep(atS * 1000 + 300 - Date.now());
    const options = {
      stack: RUN,
      partition: 'aws',
      accountId: ACCOUNT_ID,
      lock,
      deletionWindowDays: 7,
      keyTags: {},
      roleArns: {
        encrypt: roleArn('encrypt'),
        decrypt: roleArn('decrypt'),
        rotate: roleArn('rotate'),
        retire: roleArn('retire'),
      },
    };
    const maker = kmsKeyMaker(kmsAs(ROOT), options, { findTaggedKeys: taggedKeysBeside(kmsAs(ROOT)) });
    const { arn: KeyId } = await maker.create({ app: 'shop' }, dates);
    const { CiphertextBlob } = await kmsAs(ROOT).send(
      new EncryptCommand({ KeyId, Plaintext: PLAINTEXT, EncryptionContext: context }),
    );
    return {
      KeyId,
      context,
      encrypt: (role: Role, EncryptionContext: Partial<WrapContext> = context) =>
        kms(role).send(new EncryptCommand({ KeyId, Plaintext: PLAINTEXT, EncryptionContext })),
      decrypt: (role: Role, EncryptionContext: Partial<WrapContext> = context) =>
        kms(role).send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext })),
      destroy: (role: Role) => kms(role).send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 })),
      untilT1: () => untilS(dates.encryptUntilS),
      untilT2: () => untilS(dates.decryptUntilS),
      untilBucketIsRefused: () => untilS(refusedFromS(dates, 0)),
    };
  }

  test('lets the encrypt role encrypt and nothing else', async () => {
    const key = await aKey();
    await key.encrypt('encrypt');
    await expect(key.decrypt('encrypt')).rejects.toMatchObject(DENIED);
    await expect(key.destroy('encrypt')).rejects.toMatchObject(DENIED);
  });

  test('lets the decrypt role decrypt and nothing else', async () => {
    const key = await aKey();
    expect((await key.decrypt('decrypt')).Plaintext).toEqual(new Uint8Array(PLAINTEXT));
    await expect(key.encrypt('decrypt')).rejects.toMatchObject(DENIED);
    await expect(key.destroy('decrypt')).rejects.toMatchObject(DENIED);
  });

  test.each(['rotate', 'retire'] as const)('lets the %s role look, and neither encrypt nor decrypt', async (role) => {
    const key = await aKey();
    await kms(role).send(new DescribeKeyCommand(key));
    await kms(role).send(new ListResourceTagsCommand(key));
    await expect(key.encrypt(role)).rejects.toMatchObject(DENIED);
    await expect(key.decrypt(role)).rejects.toMatchObject(DENIED);
    await expect(kms(role).send(new DisableKeyCommand(key))).rejects.toMatchObject(DENIED);
  });

  test('lets an administrator with kms:* look, and neither encrypt nor decrypt', async () => {
    const key = await aKey();
    await kms('admin').send(new DescribeKeyCommand(key));
    await expect(key.encrypt('admin')).rejects.toMatchObject(DENIED);
    await expect(key.decrypt('admin')).rejects.toMatchObject(DENIED);
  });

  test('lets an administrator schedule the deletion and cancel it', async () => {
    const key = await aKey();
    await key.destroy('admin');
    await kms('admin').send(new CancelKeyDeletionCommand(key));
  });

  test('gives no role a grant or a data key', async () => {
    const { KeyId } = await aKey();
    for (const role of ROLES) {
      const grant = { KeyId, GranteePrincipal: roleArn('admin'), Operations: ['Decrypt' as const] };
      await expect(kms(role).send(new CreateGrantCommand(grant))).rejects.toMatchObject(DENIED);
      await expect(kms(role).send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }))).rejects.toMatchObject(
        DENIED,
      );
    }
  });

  test('refuses Encrypt from T1 on, Decrypt from T2 on, and the rotator before T2', async () => {
    const key = await aKey({ t1: 2, t2: 5 });
    await key.encrypt('encrypt');
    await key.untilT1();
    await expect(key.encrypt('encrypt')).rejects.toMatchObject(DENIED);
    await key.decrypt('decrypt');
    await expect(key.destroy('rotate')).rejects.toMatchObject(DENIED);
    await key.untilT2();
    await expect(key.encrypt('encrypt')).rejects.toMatchObject(DENIED);
    await expect(key.decrypt('decrypt')).rejects.toMatchObject(DENIED);
    await key.destroy('rotate');
  });

  test('refuses Decrypt in a bucket from a minute after its end on, and not in the next bucket', async () => {
    const { bucketWidthS } = slotDates(0, DEFAULT_LIFE.cycleS, DEFAULT_LIFE);
    const key = await aKey({ agoS: bucketWidthS + BUCKET_DELAY_S - 5 });
    await key.decrypt('decrypt');
    await key.untilBucketIsRefused();
    await expect(key.decrypt('decrypt')).rejects.toMatchObject(DENIED);
    await key.encrypt('encrypt', { ...key.context, x: '1' });
  });

  test.each<[name: string, change: (context: WrapContext) => Partial<WrapContext>]>([
    ['of another app', (context) => ({ ...context, app: 'bank' })],
    ['of another slot', (context) => ({ ...context, slot: String(Number(context.slot) - 86_400) })],
    ['of another format', (context) => ({ ...context, v: '1' })],
    ['of a bucket that the slot does not have', (context) => ({ ...context, x: '96' })],
    ['with a key more', (context) => ({ ...context, thread: 't' })],
    ['without a bucket', ({ x: _, ...context }) => context],
    ['without a bundle', ({ b: _, ...context }) => context],
    ['that is empty', () => ({})],
  ])('refuses a context %s to both roles', async (_, change) => {
    const key = await aKey();
    const changed = change(key.context);
    await expect(key.encrypt('encrypt', changed)).rejects.toMatchObject(DENIED);
    await expect(key.decrypt('decrypt', changed)).rejects.toMatchObject(DENIED);
  });

  test('lets retirement destroy a key at any time', async () => {
    await (await aKey()).destroy('retire');
  });

  test('lets an administrator change the policy of an unlocked key, and not of a locked one', async () => {
    const [unlocked, locked] = [await aKey(), await aKey({ lock: true })];
    const put = ({ KeyId }: { KeyId: string }) =>
      kms('admin').send(new PutKeyPolicyCommand({ KeyId, Policy: '{"Version":"2012-10-17","Statement":[]}' }));
    await put(unlocked);
    await expect(put(locked)).rejects.toMatchObject(DENIED);
  });

  test('refuses to bring a locked key back from T2 on', async () => {
    const key = await aKey({ t1: 1, t2: 2, lock: true });
    await key.destroy('retire');
    await key.untilT2();
    await expect(kms('admin').send(new CancelKeyDeletionCommand(key))).rejects.toMatchObject(DENIED);
    await expect(kms('admin').send(new EnableKeyCommand(key))).rejects.toMatchObject(DENIED);
  });
});

async function clientOf(role: Role): Promise<KMSClient> {
  const trust = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' };
  await iamAs().send(new CreateRoleCommand({ RoleName: roleName(role), AssumeRolePolicyDocument: policyOf(trust) }));
  if (role === 'admin') {
    const all = { Effect: 'Allow', Action: 'kms:*', Resource: '*' };
    await iamAs().send(
      new PutRolePolicyCommand({ RoleName: roleName(role), PolicyName: 'kms', PolicyDocument: policyOf(all) }),
    );
  }
  const assume = new AssumeRoleCommand({ RoleArn: roleArn(role), RoleSessionName: 'judge' });
  const { Credentials } = await stsAs().send(assume);
  return kmsAs({
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  });
}

function policyOf(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}
