// The fakes of KMS and STS refuse what KMS and STS refuse.

import { createPublicKey, verify } from 'node:crypto';
import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  paginateListKeys,
  ScheduleKeyDeletionCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import { beforeEach, describe, expect, test } from 'vitest';
import { awsIdentity } from '../../../../client/sdk/aws-identity.ts';
import { callerIdentityRequest, parseAwsIdentity, sigV4Authorization } from '../../../../wire/aws-identity.ts';
import { type FakeAws, fakeAws } from '../../../support/aws/fake-aws.ts';

const DAY_MS = 24 * 3600 * 1000;

let aws: FakeAws;
let kms: KMSClient;
let nowMs: number;
beforeEach(() => {
  nowMs = Date.UTC(2027, 0, 15);
  aws = fakeAws({ clock: () => nowMs });
  kms = new KMSClient(aws.clients);
});

describe('KMS', () => {
  async function aKey(input: ConstructorParameters<typeof CreateKeyCommand>[0] = {}): Promise<string> {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand(input));
    return KeyMetadata?.Arn ?? '';
  }
  const encrypt = (KeyId: string, Plaintext: Uint8Array, EncryptionContext = { app: 'shop' }) =>
    kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
  const decrypt = (KeyId: string, CiphertextBlob: Uint8Array | undefined, EncryptionContext = { app: 'shop' }) =>
    kms.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext }));
  const named = (name: string) => expect.objectContaining({ name });

  test('decrypts under the same key and context only, and adds 152 bytes', async () => {
    const [one, other] = [await aKey(), await aKey()];
    const { CiphertextBlob } = await encrypt(one, Buffer.alloc(32, 1));
    expect(CiphertextBlob).toHaveLength(184);
    expect((await decrypt(one, CiphertextBlob)).Plaintext).toEqual(new Uint8Array(32).fill(1));
    await expect(decrypt(other, CiphertextBlob)).rejects.toEqual(named('IncorrectKeyException'));
    await expect(decrypt(one, CiphertextBlob, { app: 'bank' })).rejects.toEqual(named('InvalidCiphertextException'));
    const changed = Buffer.from(CiphertextBlob ?? []);
    changed.writeUInt8(changed.readUInt8(0) ^ 1, 0);
    await expect(decrypt(one, changed)).rejects.toEqual(named('InvalidCiphertextException'));
  });

  test('takes 4,096 bytes and not one more', async () => {
    const key = await aKey();
    await encrypt(key, Buffer.alloc(4096, 1));
    await expect(encrypt(key, Buffer.alloc(4097, 1))).rejects.toEqual(named('ValidationException'));
    await expect(decrypt(key, Buffer.alloc(6145, 1))).rejects.toEqual(named('ValidationException'));
  });

  test('gives data keys that decrypt', async () => {
    const KeyId = await aKey();
    const { Plaintext, CiphertextBlob } = await kms.send(new GenerateDataKeyCommand({ KeyId, NumberOfBytes: 24 }));
    expect(Plaintext).toHaveLength(24);
    expect((await kms.send(new DecryptCommand({ KeyId, CiphertextBlob }))).Plaintext).toEqual(Plaintext);
  });

  test('refuses a disabled key until it is enabled, and a pending one until its deletion is cancelled', async () => {
    const KeyId = await aKey();
    const data = Buffer.alloc(1);
    await kms.send(new DisableKeyCommand({ KeyId }));
    await expect(encrypt(KeyId, data)).rejects.toEqual(named('DisabledException'));
    await kms.send(new EnableKeyCommand({ KeyId }));
    await encrypt(KeyId, data);
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    for (const Command of [EnableKeyCommand, DisableKeyCommand, ScheduleKeyDeletionCommand]) {
      await expect(kms.send(new Command({ KeyId }) as EnableKeyCommand)).rejects.toEqual(
        named('KMSInvalidStateException'),
      );
    }
    await expect(encrypt(KeyId, data)).rejects.toEqual(named('KMSInvalidStateException'));
    await kms.send(new CancelKeyDeletionCommand({ KeyId }));
    await expect(encrypt(KeyId, data)).rejects.toEqual(named('DisabledException'));
  });

  test('deletes a key at the end of a window of 7 to 30 days', async () => {
    const KeyId = await aKey();
    for (const days of [6, 31]) {
      const schedule = new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: days });
      await expect(kms.send(schedule)).rejects.toEqual(named('ValidationException'));
    }
    const scheduled = await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    const goneAt = new Date(nowMs + 7 * DAY_MS);
    expect(scheduled).toMatchObject({ KeyState: 'PendingDeletion', DeletionDate: goneAt });
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata).toMatchObject({
      KeyState: 'PendingDeletion',
      CreationDate: new Date(nowMs),
      DeletionDate: goneAt,
    });
    nowMs += 7 * DAY_MS;
    await expect(kms.send(new DescribeKeyCommand({ KeyId }))).rejects.toEqual(named('NotFoundException'));
  });

  test('lists keys in pages', async () => {
    const made = [await aKey(), await aKey(), await aKey()];
    const listed: unknown[] = [];
    for await (const { Keys = [] } of paginateListKeys({ client: kms, pageSize: 2 }, {})) {
      listed.push(...Keys.map(({ KeyArn }) => KeyArn));
    }
    expect(listed).toEqual(made);
    expect(aws.counts()).toMatchObject({ 'KMS.ListKeys': 2 });
  });

  test('signs with a signing key only, and does not encrypt with one', async () => {
    const [signing, other] = [await aKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }), await aKey()];
    const Message = Buffer.from('a receipt');
    const { Signature } = await kms.send(
      new SignCommand({ KeyId: signing, Message, SigningAlgorithm: 'ECDSA_SHA_256' }),
    );
    const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: signing }));
    const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
    expect(verify('sha256', Message, key, Buffer.from(Signature ?? []))).toBe(true);
    await expect(encrypt(signing, Message)).rejects.toEqual(named('InvalidKeyUsageException'));
    const wrong = new SignCommand({ KeyId: other, Message, SigningAlgorithm: 'ECDSA_SHA_256' });
    await expect(kms.send(wrong)).rejects.toEqual(named('InvalidKeyUsageException'));
  });

  test('refuses a policy that is no JSON, and one above 32 KB', async () => {
    await expect(aKey({ Policy: '{' })).rejects.toEqual(named('MalformedPolicyDocumentException'));
    await expect(aKey({ Policy: JSON.stringify('x'.repeat(32_768)) })).rejects.toEqual(named('LimitExceededException'));
  });
});

describe('STS', () => {
  const credentials = { accessKeyId: 'ASIA0000000000000000', secretAccessKey: 'secret', sessionToken: 'a-token' };
  const place = { region: 'us-east-1', dnsSuffix: 'amazonaws.com', audience: 'daykey:111122223333:us-east-1:Vault' };

  /** The request that the vault would send. */
  async function signed() {
    const header = await awsIdentity({ ...place, credentials, clock: () => nowMs })();
    const identity = parseAwsIdentity(header);
    if (!identity) throw new Error('the header is malformed');
    const { headers, body } = callerIdentityRequest(place, identity);
    const authorization = sigV4Authorization(place.region, identity);
    return { headers: { ...headers, authorization }, date: identity.date, body };
  }

  beforeEach(() => void aws.callers.push({ ...credentials, arn: 'arn:aws:sts::111122223333:assumed-role/desk/s' }));

  test('names the caller of a sound signature', async () => {
    const { status, body } = aws.respondAsSts(await signed());
    expect(status).toBe(200);
    expect(body.toString()).toContain('<Arn>arn:aws:sts::111122223333:assumed-role/desk/s</Arn>');
  });

  test('refuses another audience, body, token, key or date', async () => {
    const { headers, date, body } = await signed();
    const refused = [
      { headers: { ...headers, 'x-daykey-audience': 'daykey:other' }, body },
      { headers, body: `${body}&x=1` },
      { headers: { ...headers, 'x-amz-security-token': 'other' }, body },
      { headers: { ...headers, 'x-amz-date': date.replace('2027', '2026') }, body },
      { headers: { ...headers, authorization: headers.authorization.replace('ASIA0', 'ASIA1') }, body },
      { headers: { ...headers, authorization: '' }, body },
    ];
    expect(refused.map((request) => aws.respondAsSts(request).status)).toEqual([403, 403, 403, 403, 403, 400]);
  });

  test('takes a signature for 15 minutes', async () => {
    const request = await signed();
    nowMs += 15 * 60_000;
    expect(aws.respondAsSts(request).status).toBe(200);
    nowMs += 1000;
    expect(aws.respondAsSts(request).status).toBe(403);
  });
});
