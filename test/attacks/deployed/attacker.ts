// An attacker who has some rights in the account of the deployed stack, and what these let them read.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { type DecryptCommandInput, KMSClient } from '@aws-sdk/client-kms';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import { clientFor } from '../../../local/emulator-client.ts';
import type { WrapContext } from '../../../vault/domain/envelope/context.ts';
import { INNER_WRAP_BYTES } from '../../../vault/domain/envelope/field.ts';
import { parseRef, type Ref } from '../../../vault/domain/envelope/ref.ts';
import type { RingSlot } from '../../../vault/domain/kek-life/ring.ts';
import { present } from '../../support/envelope.ts';
import type { Actor } from '../../support/roles.ts';
import { type Item, questionBehind, unique } from '../../support/vault.ts';
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
  readonly slot: RingSlot;
  /** What the decrypt function would ask KMS. */
  readonly question: DecryptCommandInput & { readonly KeyId: string; readonly EncryptionContext: WrapContext };
}

/** Read by root: that others may read tables is not what these tests are about. */
export async function foundBehind(text: string): Promise<Found> {
  const { item, bundle, slot, question } = await questionBehind(text);
  const ref = present(parseRef(text));
  const { refId, index } = ref;
  const { app, pool, slot: id, createdAtS } = bundle;
  const place = { app, pool, slot: id, createdAtS, refId, index };
  return { ref, item, slot, question, place, stored: present(bundle.fields.get(index)) };
}

/** The inner wrap of a ref in what KMS gave back for its bundle. */
export function innerWrapIn(unwrapped: Uint8Array | undefined, { index }: Ref): Buffer {
  return Buffer.from(present(unwrapped)).subarray(index * INNER_WRAP_BYTES, (index + 1) * INNER_WRAP_BYTES);
}
