// What a request function does once while it starts, so that its first request finds compiled code. None of it reaches AWS.

import { randomBytes } from 'node:crypto';
import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { type BundlePlace, bundleEntropyBytes, sealBundle } from '../../vault/domain/envelope/bundle.ts';
import { parseStrictJson } from '../../wire/strict-json.ts';
import { rehearsal } from './lean-sdk.ts';

const TableName = 'none';
const KEY = { pk: 'a', sk: 'b' };
const PLACE: BundlePlace = { app: 'none', pool: 'own', slot: 0, createdAtS: 0, expiresAtS: 1 };
const BLOB = Buffer.alloc(64);

/** Parses, and looks a caller and an app up. */
export function warmUpRequests(documents: DynamoDBDocumentClient): void {
  const query = { KeyConditionExpression: 'pk = :app', ExpressionAttributeValues: { ':app': 'none' } };
  inBackground(
    () => parseStrictJson('{"fields":{"a":[1.5,"\\u0061",null]}}'),
    () => documents.send(rehearsal(new GetCommand({ TableName, Key: KEY, ConsistentRead: true }))),
    () => documents.send(rehearsal(new QueryCommand({ TableName, ...query, ConsistentRead: true }))),
  );
}

/** Seals a value, wraps its key and stores it. */
export function warmUpSealing(documents: DynamoDBDocumentClient, kms: KMSClient): void {
  const Item = { ...KEY, slot: 0, wrapped: BLOB, fields: { 0: BLOB } };
  const encrypt = { KeyId: 'none', Plaintext: BLOB, EncryptionContext: { v: '2' } };
  inBackground(
    () => sealBundle(PLACE, ['""'], randomBytes(bundleEntropyBytes(1))),
    // With options the client does not keep the middleware, which ends before the network.
    () => kms.send(rehearsal(new EncryptCommand(encrypt)), {}),
    () =>
      documents.send(rehearsal(new PutCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' }))),
  );
}

/** Reads a bundle, records the intent and unwraps its key. */
export function warmUpOpening(documents: DynamoDBDocumentClient, kms: KMSClient): void {
  const RequestItems = { [TableName]: { Keys: [KEY], ConsistentRead: true } };
  const decrypt = { KeyId: 'none', CiphertextBlob: BLOB, EncryptionContext: { v: '2' } };
  inBackground(
    () => documents.send(rehearsal(new BatchGetCommand({ RequestItems }))),
    () => kms.send(rehearsal(new DecryptCommand(decrypt)), {}),
    () => documents.send(rehearsal(new PutCommand({ TableName, Item: { ...KEY, refs: ['a'] } }))),
  );
}

/** A step that fails is none of a request's business: the request finds the reason again, and says it. */
function inBackground(...steps: readonly (() => unknown)[]): void {
  for (const step of steps)
    Promise.resolve()
      .then(step)
      .catch(() => undefined);
}
