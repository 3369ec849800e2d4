// The same job as it is commonly done: the AWS Encryption SDK with a KMS keyring, and one DynamoDB item for each field.

import { randomUUID } from 'node:crypto';
import { AlgorithmSuiteIdentifier, buildClient, CommitmentPolicy, KmsKeyringNode } from '@aws-crypto/client-node';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
} from '@aws-sdk/lib-dynamodb';
import type { FakeAws } from '../../test/support/aws/fake-aws.ts';
import type { Fields } from './vault.ts';

/** Name of the peer's table. */
export const PEER_TABLE = 'values';
const KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-4123-8123-123456789012';
const EXPIRES_AT_S = 1_800_086_400;
/** Most puts of one BatchWriteItem (DynamoDB API reference). */
const MAX_BATCH_WRITE = 25;

export interface ItemPerField {
  /** IDs by name. */
  encrypt(fields: Fields): Promise<Record<string, string>>;
  decrypt(ids: Readonly<Record<string, string>>): Promise<Record<string, unknown>>;
}

/**
 * One GenerateDataKey and one Decrypt a field, all fields of a request at once. The suite is the SDK's committing one
 * without a signature, which takes less time and fewer bytes than its default.
 *
 * @param batched writes and reads items with BatchWriteItem and BatchGetItem instead of one by one.
 * @param clients configuration for the SDK clients. @default that of the fake
 */
export function itemPerField(aws: FakeAws, { batched = false, clients = aws.clients } = {}): ItemPerField {
  aws.addKey(KEY_ARN);
  aws.respond('DynamoDB.CreateTable', {
    TableName: PEER_TABLE,
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  });
  aws.take();
  const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
  const kms = new KMS(clients);
  type Supplier = NonNullable<NonNullable<ConstructorParameters<typeof KmsKeyringNode>[0]>['clientProvider']>;
  // The keyring's own interface of the client is older than `exactOptionalPropertyTypes`.
  const clientProvider = (() => kms) as unknown as Supplier;
  const keyring = new KmsKeyringNode({ generatorKeyId: KEY_ARN, clientProvider });
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(clients));
  const options = {
    suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
    encryptionContext: { app: 'shop' },
  };

  async function store(items: readonly Record<string, unknown>[]): Promise<void> {
    const TableName = PEER_TABLE;
    if (!batched) {
      await Promise.all(items.map((Item) => documents.send(new PutCommand({ TableName, Item }))));
      return;
    }
    const pages = Array.from({ length: Math.ceil(items.length / MAX_BATCH_WRITE) }, (_, page) =>
      items.slice(page * MAX_BATCH_WRITE, (page + 1) * MAX_BATCH_WRITE),
    );
    await Promise.all(
      pages.map((page) => {
        const puts = page.map((Item) => ({ PutRequest: { Item } }));
        return documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: puts } }));
      }),
    );
  }

  async function load(ids: readonly string[]): Promise<Record<string, unknown>[]> {
    const ConsistentRead = true;
    if (!batched) {
      const gets = ids.map((pk) => new GetCommand({ TableName: PEER_TABLE, Key: { pk }, ConsistentRead }));
      return (await Promise.all(gets.map((get) => documents.send(get)))).map(({ Item = {} }) => Item);
    }
    const Keys = ids.map((pk) => ({ pk }));
    const get = new BatchGetCommand({ RequestItems: { [PEER_TABLE]: { Keys, ConsistentRead } } });
    return (await documents.send(get)).Responses?.[PEER_TABLE] ?? [];
  }

  return {
    async encrypt(fields) {
      const sealed = await Promise.all(
        Object.entries(fields).map(async ([name, value]) => {
          const { result } = await encrypt(keyring, JSON.stringify(value), options);
          return { name, item: { pk: randomUUID(), message: result, expiresAt: EXPIRES_AT_S } };
        }),
      );
      await store(sealed.map(({ item }) => item));
      return Object.fromEntries(sealed.map(({ name, item }) => [name, item.pk]));
    },

    async decrypt(ids) {
      const items = new Map((await load(Object.values(ids))).map((item) => [item.pk, item.message as Uint8Array]));
      const opened = Object.entries(ids).map(async ([name, id]) => {
        const { plaintext } = await decrypt(keyring, items.get(id) ?? new Uint8Array());
        return [name, JSON.parse(plaintext.toString())] as const;
      });
      return Object.fromEntries(await Promise.all(opened));
    },
  };
}
