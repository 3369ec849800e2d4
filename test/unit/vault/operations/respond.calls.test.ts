// What a request costs on AWS, counted behind the real SDK clients: calls over the network, and bytes of the item.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { dynamoApiTokens, tokenRow } from '../../../../lambda/dynamo/api-tokens.ts';
import { dynamoAuditLog } from '../../../../lambda/dynamo/audit-log.ts';
import { dynamoBundleStore } from '../../../../lambda/dynamo/bundle-store.ts';
import { dynamoKeyRing } from '../../../../lambda/dynamo/key-ring.ts';
import { recordKey, slotKey } from '../../../../lambda/dynamo/ring-key.ts';
import { dateAttributes } from '../../../../lambda/dynamo/ring-row.ts';
import { kmsAppKek } from '../../../../lambda/kms/app-kek.ts';
import { hashApiToken, newApiToken } from '../../../../vault/domain/api-token.ts';
import { newRecord } from '../../../../vault/domain/app-record.ts';
import { DEFAULT_LIFE } from '../../../../vault/domain/kek-life/life.ts';
import { slotDates } from '../../../../vault/domain/kek-life/slot.ts';
import { changedMembers } from '../../../../vault/domain/settings/stored-record.ts';
import type { AppSettings } from '../../../../vault/domain/settings.ts';
import { memoryBlobStore } from '../../../../vault/memory/blob-store.ts';
import { BLOB_OVERHEAD_BYTES } from '../../../../vault/memory/kms-blob.ts';
import { memoryTelemetry } from '../../../../vault/memory/telemetry.ts';
import { decryptFunction } from '../../../../vault/operations/decrypt-function.ts';
import { encryptFunction } from '../../../../vault/operations/encrypt-function.ts';
import { respond } from '../../../../vault/operations/respond.ts';
import { apiTokenIdentity } from '../../../../vault/usecases/identity/verify-api-token.ts';
import { cachedRings } from '../../../../vault/usecases/rings.ts';
import type { DecryptResponse } from '../../../../wire/decrypt.ts';
import type { EncryptResponse } from '../../../../wire/encrypt.ts';
import { createTable } from '../../../support/aws/create-tables.ts';
import { fakeAws } from '../../../support/aws/fake-aws.ts';
import { itemBytes } from '../../../support/aws/item.ts';

const NOW_S = 1_800_000_000;
const KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/1';
const COUNTS = [1, 10, 64];

let vault: Awaited<ReturnType<typeof vaultOnAws>>;
beforeEach(async () => {
  vault = await vaultOnAws();
});

describe('on a warm path', () => {
  test.each(COUNTS)('encrypting %i fields is exactly one KMS Encrypt and one DynamoDB PutItem', async (count) => {
    await warmUp();
    await vault.encrypt(fieldsOf(count));
    expect(vault.aws.counts()).toEqual({ 'KMS.Encrypt': 1, 'DynamoDB.PutItem': 1 });
  });

  test.each(COUNTS)(
    'decrypting %i fields is exactly one BatchGetItem, one KMS Decrypt and one audit PutItem',
    async (count) => {
      const { refs } = await warmUp(count);
      const values = await vault.decrypt(refs);
      expect(Object.values(values).map(({ value }) => value)).toEqual(Object.values(fieldsOf(count)));
      expect(vault.aws.counts()).toEqual({ 'DynamoDB.BatchGetItem': 1, 'KMS.Decrypt': 1, 'DynamoDB.PutItem': 1 });
      const [put] = vault.aws.calls.filter(({ operation }) => operation === 'DynamoDB.PutItem');
      expect(put?.input.TableName).toBe('audit');
    },
  );

  test('decrypting fields of three requests is one BatchGetItem, three KMS Decrypts and one audit PutItem', async () => {
    const { refs: a } = await warmUp();
    const { refs: b } = await vault.encrypt({ b: 1 });
    const { refs: c } = await vault.encrypt({ c: 1, d: 2 });
    vault.aws.take();
    await vault.decrypt({ ...a, ...b, ...c });
    expect(vault.aws.counts()).toEqual({ 'DynamoDB.BatchGetItem': 1, 'KMS.Decrypt': 3, 'DynamoDB.PutItem': 1 });
  });

  test('encrypting 1 MB is one KMS Encrypt and one PutItem for each item of 350 KB', async () => {
    await warmUp();
    await vault.encrypt(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`f${i}`, 'x'.repeat(100_000)])));
    expect(vault.aws.counts()).toEqual({ 'KMS.Encrypt': 4, 'DynamoDB.PutItem': 4 });
  });

  test('refs that are malformed, and refs that have expired, cost no I/O', async () => {
    const { refs } = await warmUp();
    await vault.decrypt({ a: 'no token' });
    expect(vault.aws.counts()).toEqual({});
    vault.advance(24 * 3600);
    await vault.decrypt(refs);
    // Only the identity and the settings of the app, which have to be read again by then.
    expect(vault.aws.counts()).toEqual({ 'DynamoDB.GetItem': 2, 'DynamoDB.Query': 1 });
  });

  async function warmUp(count = 1) {
    const sealed = await vault.encrypt(fieldsOf(count));
    vault.aws.take();
    return sealed;
  }
});

test('a cold path adds one Query of slots and one GetItem each of settings and token', async () => {
  const { refs } = await vault.encrypt({ a: 1 });
  expect(vault.aws.counts()).toEqual({
    'KMS.Encrypt': 1,
    'DynamoDB.PutItem': 1,
    'DynamoDB.Query': 1,
    'DynamoDB.GetItem': 2,
  });
  vault.aws.take();
  vault.advance(60);
  await vault.decrypt(refs);
  expect(vault.aws.counts()).toEqual({
    'KMS.Decrypt': 1,
    'DynamoDB.BatchGetItem': 1,
    'DynamoDB.PutItem': 1,
    'DynamoDB.Query': 1,
    'DynamoDB.GetItem': 2,
  });
});

test('every read is strongly consistent, and no bundle is overwritten', async () => {
  const { refs } = await vault.encrypt({ a: 1 });
  await vault.decrypt(refs);
  const inputs = (operation: string) => vault.aws.calls.filter((call) => call.operation === operation);
  for (const { input } of [...inputs('DynamoDB.Query'), ...inputs('DynamoDB.GetItem')]) {
    expect(input.ConsistentRead).toBe(true);
  }
  expect(inputs('DynamoDB.BatchGetItem')[0]?.input.RequestItems).toMatchObject({ vault: { ConsistentRead: true } });
  expect(inputs('DynamoDB.PutItem')[0]?.input.ConditionExpression).toBe('attribute_not_exists(pk)');
});

test('KMS is given the key of the ring and a context without field names, subjects or values', async () => {
  const { refs } = await vault.encrypt({ email: 'ann@example.com' }, { subject: 'user-7' });
  await vault.decrypt(refs);
  // Sealed for the longest life, 25 hours after the slot began: in bucket 48 of 31 minutes.
  const context = {
    v: '2',
    app: 'shop',
    pool: 'own',
    slot: String(NOW_S - 3600),
    b: expect.stringMatching(/^[\w-]{20}$/),
    x: '48',
  };
  for (const name of ['KMS.Encrypt', 'KMS.Decrypt']) {
    const [call] = vault.aws.calls.filter(({ operation }) => operation === name);
    expect(call?.input).toMatchObject({ KeyId: KEY_ARN });
    expect(call?.input.EncryptionContext).toEqual(context);
  }
});

test('nothing that leaves for AWS holds a value, a field name, a subject or a token', async () => {
  const { refs } = await vault.encrypt({ canaryname: 'canary-value' }, { subject: 'canary-subject' });
  await vault.decrypt(refs);
  const sent = JSON.stringify(vault.aws.calls);
  for (const secret of ['canary', Buffer.from('canary-value').toString('base64').slice(0, 14), 'dk2_', 'dkt_']) {
    expect(sent).not.toContain(secret);
  }
  for (const token of Object.values(refs)) expect(sent).not.toContain(token.slice(4));
});

describe('the item', () => {
  // Fields: 102 characters of JSON text are padded to 128 bytes; possession tag 16, type 1, commitment 32, nonce 12 and
  // tag 16 come on top.
  const SEALED_BYTES = 128 + 16 + 1 + 32 + 12 + 16;
  // The DEK under the ref KEK: nonce 12, key 32, tag 16.
  const INNER_WRAP_BYTES = 60;
  // Names and values of pk, sk, v, slot, expiresAt, createdAt, and the names of wrapped and fields.
  const FRAME_BYTES =
    2 + 'b#63'.length + (2 + '1800000000#shop#'.length + 20) + (1 + 2) + (4 + 6) + 2 * (9 + 6) + 7 + (6 + 3);

  test.each(COUNTS)('of %i fields of 100 bytes has the bytes that they need and not one more', async (count) => {
    await vault.encrypt(fieldsOf(count));
    const [item] = vault.aws.table('vault').items();
    const indexDigits = Array.from({ length: count }, (_, i) => String(i).length).reduce(
      (sum, digits) => sum + digits,
      0,
    );
    const expected = FRAME_BYTES + BLOB_OVERHEAD_BYTES + count * (INNER_WRAP_BYTES + SEALED_BYTES + 1) + indexDigits;
    expect(itemBytes(item ?? {})).toBe(expected);
    expect(expected).toBe({ 1: 522, 10: 2925, 64: 17_397 }[count]);
  });
});

function fieldsOf(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`field-${i}`, String(i).padEnd(100, 'x')]));
}

/** The real operations on the real adapters and clients, with a ring and a token as a deployment leaves them. */
async function vaultOnAws() {
  const aws = fakeAws();
  aws.addKey(KEY_ARN);
  const dynamo = new DynamoDBClient(aws.clients);
  for (const table of ['vault', 'ring', 'audit']) await createTable(dynamo, table);
  const documents = DynamoDBDocumentClient.from(dynamo);
  const token = newApiToken();
  for (const Item of [...ringRows(), tokenRow(hashApiToken(token), grant)]) {
    await documents.send(new PutCommand({ TableName: 'ring', Item }));
  }
  aws.take();
  let nowS = NOW_S;
  const clock = () => nowS * 1000;
  const blobs = memoryBlobStore(clock, async () => 'http://store.invalid');
  const parts = {
    clock,
    telemetry: memoryTelemetry(),
    rings: cachedRings(dynamoKeyRing(documents, 'ring'), clock),
    identity: apiTokenIdentity(dynamoApiTokens(documents, 'ring'), clock),
    appKek: kmsAppKek(new KMSClient(aws.clients)),
    bundles: dynamoBundleStore(documents, 'vault'),
    audit: dynamoAuditLog(documents, 'audit', 365),
    blobUploads: blobs,
    blobDownloads: blobs,
  };
  const maxStoredBytes = 4 * 1024 * 1024;
  const handlers = { ...encryptFunction(parts), ...decryptFunction({ ...parts, maxStoredBytes }) };
  const call = async (operation: 'encrypt' | 'decrypt', body: unknown): Promise<unknown> => {
    const call = { requestId: 'a-request', operation, app: 'shop', authorization: `Bearer ${token}` };
    const answer = await respond(parts, handlers, { ...call, bodyText: () => JSON.stringify(body) });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer));
    return answer.body;
  };
  return {
    aws,
    advance: (seconds: number) => {
      nowS += seconds;
    },
    encrypt: async (fields: object, more: object = {}) =>
      (await call('encrypt', { fields, ...more })) as EncryptResponse,
    decrypt: async (refs: object) => ((await call('decrypt', { refs })) as DecryptResponse).values,
  };
}

const grant = { app: 'shop', integration: 'web', generation: 'g1', expiresAtS: NOW_S + 365 * 24 * 3600 };

function ringRows(): Record<string, unknown>[] {
  const dates = slotDates(NOW_S - 3600, NOW_S + 23 * 3600, DEFAULT_LIFE);
  const empty = newRecord('shop');
  const settings: AppSettings = {
    app: 'shop',
    life: DEFAULT_LIFE,
    defaultTtlS: DEFAULT_LIFE.maxTtlS,
    integrations: { web: { kind: 'messaging', processSensitive: false, roles: [] } },
    state: 'live',
  };
  return [
    { ...recordKey('shop'), ...changedMembers({ ...empty, settings, generations: { web: 'g1' } }, empty) },
    {
      ...slotKey({ app: 'shop' }, dates.slot),
      state: 'ready',
      ...dateAttributes(dates),
      keyArn: KEY_ARN,
      salt: Buffer.alloc(32, 7),
    },
  ];
}
