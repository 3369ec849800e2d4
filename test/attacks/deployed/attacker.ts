// Somebody with rights of their own in the account of the deployed stack, and with what they have read there.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import { slotSortKey } from '../../../lambda/dynamo/ring-row.ts';
import { clientFor } from '../../../local/emulator-client.ts';
import { wrapContext } from '../../../vault/domain/envelope/bundle.ts';
import { INNER_WRAP_BYTES } from '../../../vault/domain/envelope/field.ts';
import { parseRef, type Ref } from '../../../vault/domain/envelope/ref.ts';
import { present } from '../../support/envelope.ts';
import type { Actor } from '../../support/roles.ts';
import { documents, type Item, storedBehind, unique } from '../../support/vault.ts';
import type { Target } from '../key-search.ts';

export interface Insider extends Pick<Actor, 'kms' | 'documents'> {
  readonly arn: string;
  readonly dynamo: DynamoDBClient;
}

/** An IAM user who has these rights and no others, as long as no resource's policy says otherwise. */
export async function userWith(
  Action: readonly string[],
  Resource: string | readonly string[] = '*',
): Promise<Insider> {
  const root = clientFor(inject('endpoint'));
  const iam = new IAMClient(root);
  const UserName = unique('insider');
  const { User } = await iam.send(new CreateUserCommand({ UserName }));
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource }],
  });
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'all', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const credentials = {
    accessKeyId: present(AccessKey?.AccessKeyId),
    secretAccessKey: present(AccessKey?.SecretAccessKey),
  };
  const dynamo = new DynamoDBClient({ ...root, credentials });
  return {
    arn: present(User?.Arn),
    kms: new KMSClient({ ...root, credentials }),
    dynamo,
    documents: DynamoDBDocumentClient.from(dynamo),
  };
}

/** What lies behind a ref of the app `shop`: in the vault table, and in the ring. */
export interface Found extends Target {
  readonly ref: Ref;
  readonly item: Item;
  /** What the decrypt function would ask KMS. */
  readonly question: { KeyId: string; CiphertextBlob: Uint8Array; EncryptionContext: Record<string, string> };
}

/** Read by root: that others may read tables is not what these tests are about. */
export async function foundBehind(token: string): Promise<Found> {
  const { item } = await storedBehind(token);
  const ref = present(parseRef(token));
  const { refId, index, hasSubject } = ref;
  const place = { app: 'shop', slot: Number(item.slot), expiresAtS: Number(item.expiresAt), refId, index, hasSubject };
  const Key = { pk: 'shop', sk: slotSortKey(place.slot) };
  const { Item: row } = await documents().send(new GetCommand({ TableName: inject('vault').tables.ring, Key }));
  return {
    ...{ ref, item, place },
    ciphertext: Buffer.from(present((item.fields as Record<string, Uint8Array>)[index])),
    question: {
      KeyId: String(present<Item>(row).keyArn),
      CiphertextBlob: item.wrapped as Uint8Array,
      EncryptionContext: wrapContext(place, String(item.sk)),
    },
  };
}

/** The inner wrap of a ref in what KMS gave back for its bundle. */
export function innerWrapIn(unwrapped: Uint8Array | undefined, { index }: Ref): Buffer {
  return Buffer.from(present(unwrapped)).subarray(index * INNER_WRAP_BYTES, (index + 1) * INNER_WRAP_BYTES);
}
