// The counts behind the benches' tables: exact, so that a request more is a failing test and not a slower bench.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { type AwsCall, awsStub } from '../../../bench/support/aws-stub.ts';
import { daykeyCounts, fieldsOf, peerCounts } from '../../../bench/support/counts.ts';

const COUNTS = [1, 10, 64];

describe('encrypting and decrypting the fields of one request', () => {
  test.each(COUNTS)('asks AWS five times for %i fields, the audit row included', async (count) => {
    const { calls } = await daykeyCounts(fieldsOf(count, 100));
    expect(operationsOf(calls)).toEqual({
      ...{ 'KMS.Encrypt': 1, 'KMS.Decrypt': 1 },
      ...{ 'DynamoDB.PutItem': 2, 'DynamoDB.BatchGetItem': 1 },
    });
  });

  test('asks seven times more when encrypt, decrypt and the authorizer are cold', async () => {
    const { calls, coldCalls } = await daykeyCounts(fieldsOf(10, 100));
    const { 'DynamoDB.Query': rings, 'DynamoDB.GetItem': tokens, ...others } = operationsOf(coldCalls);
    expect([rings, tokens]).toEqual([3, 3]);
    // The use of the token is noted once a day.
    expect(others).toEqual({ ...operationsOf(calls), 'DynamoDB.PutItem': 3 });
  });

  test('asks twice more in the end: a delete, and the tally of it', async () => {
    const { sweepCalls } = await daykeyCounts(fieldsOf(10, 100));
    expect(operationsOf(sweepCalls)).toEqual({ 'DynamoDB.DeleteItem': 1, 'DynamoDB.UpdateItem': 1 });
  });

  test.each(COUNTS)('asks four times a field with one item for each of %i', async (count) => {
    const { calls } = await peerCounts(fieldsOf(count, 100));
    expect(operationsOf(calls)).toEqual({
      ...{ 'KMS.GenerateDataKey': count, 'KMS.Decrypt': count },
      ...{ 'DynamoDB.PutItem': count, 'DynamoDB.GetItem': count },
    });
  });

  test('asks a fifth as often as with one item a field at 10 fields, the sweep included', async () => {
    const fields = fieldsOf(10, 100);
    const [{ calls, sweepCalls }, peer] = [await daykeyCounts(fields), await peerCounts(fields)];
    expect(peer.calls.length / (calls.length + sweepCalls.length)).toBeGreaterThan(5);
  });
});

describe('the stub', () => {
  const aws = awsStub();
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(aws.config));
  const [TableName, shard] = ['table', 7];

  test('bills a write by the kilobyte and its entry in the index, and the same for the delete', async () => {
    const key = { pk: 'p', sk: 's' };
    await documents.send(new PutCommand({ TableName, Item: { ...key, data: 'x'.repeat(2048) } }));
    await documents.send(new PutCommand({ TableName, Item: { ...key, data: 'x'.repeat(2048), shard } }));
    await documents.send(new DeleteCommand({ TableName, Key: key }));
    await documents.send(new DeleteCommand({ TableName, Key: key }));
    expect(aws.take().map(({ writeUnits }) => writeUnits)).toEqual([3, 4, 4, 1]);
  });

  test('bills a read by four kilobytes, half of it where it may be stale', async () => {
    await documents.send(new PutCommand({ TableName, Item: { pk: 'p', sk: 's', data: 'x'.repeat(4096) } }));
    aws.take();
    for (const ConsistentRead of [true, false]) {
      await documents.send(new GetCommand({ TableName, Key: { pk: 'p', sk: 's' }, ConsistentRead }));
      await documents.send(new GetCommand({ TableName, Key: { pk: 'p', sk: 'none' }, ConsistentRead }));
    }
    expect(aws.take().map(({ readUnits }) => readUnits)).toEqual([2, 1, 1, 0.5]);
  });

  test('gives a partition in pages of a megabyte', async () => {
    for (let i = 0; i < 9; i += 1) {
      await documents.send(
        new PutCommand({ TableName, Item: { pk: 'big', sk: String(i), data: 'x'.repeat(300_000) } }),
      );
    }
    aws.take();
    const query = { TableName, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': 'big' } };
    const keys: unknown[] = [];
    for await (const { Items = [] } of paginateQuery({ client: documents }, query)) {
      keys.push(...Items.map(({ sk }) => sk));
    }
    expect(keys.join('')).toBe('012345678');
    expect(aws.take()).toHaveLength(3);
  });

  test('has a KMS that decrypts under the same key and context alone', async () => {
    const kms = new KMSClient(aws.config);
    const bound = { KeyId: 'arn:one', EncryptionContext: { app: 'shop' } };
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ ...bound, Plaintext: Buffer.from('a key') }));
    const opened = await kms.send(new DecryptCommand({ ...bound, CiphertextBlob }));
    expect(Buffer.from(opened.Plaintext ?? []).toString()).toBe('a key');
    for (const other of [{ KeyId: 'arn:two' }, { EncryptionContext: { app: 'clinic' } }]) {
      await expect(kms.send(new DecryptCommand({ ...bound, ...other, CiphertextBlob }))).rejects.toThrow();
    }
  });
});

function operationsOf(calls: readonly AwsCall[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { operation } of calls) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}
