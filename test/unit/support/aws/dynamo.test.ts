// The fake of DynamoDB refuses what DynamoDB refuses, gives pages as it does, and bills what it bills.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  paginateScan,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { exception } from '../../../support/aws/answer.ts';
import { createTable } from '../../../support/aws/create-tables.ts';
import { type FakeAws, fakeAws } from '../../../support/aws/fake-aws.ts';

const TableName = 'vault';
const Key = { pk: 'p', sk: 's' };
const INVALID = { name: 'ValidationException' };

let aws: FakeAws;
let documents: DynamoDBDocumentClient;
beforeEach(async () => {
  aws = fakeAws();
  const dynamo = new DynamoDBClient(aws.clients);
  await createTable(dynamo, TableName);
  documents = DynamoDBDocumentClient.from(dynamo);
});

const put = (item: object, more: object = {}) =>
  documents.send(new PutCommand({ TableName, Item: { ...Key, ...item }, ...more }));
const query = (KeyConditionExpression: string, values: object, more: object = {}) =>
  documents.send(
    new QueryCommand({ TableName, KeyConditionExpression, ExpressionAttributeValues: { ...values }, ...more }),
  );
const stored = async () => (await documents.send(new GetCommand({ TableName, Key }))).Item;

describe('the bill', () => {
  test('counts a write by the kilobyte of what was there before or is there after', async () => {
    aws.take();
    await put({ data: 'x'.repeat(2048) });
    await put({});
    await documents.send(new DeleteCommand({ TableName, Key }));
    await documents.send(new DeleteCommand({ TableName, Key }));
    expect(aws.take().map(({ writeUnits }) => writeUnits)).toEqual([3, 3, 1, 1]);
  });

  test('counts a write whose condition fails', async () => {
    await put({ data: 'x'.repeat(2048) });
    aws.take();
    await expect(put({}, { ConditionExpression: 'attribute_not_exists(pk)' })).rejects.toThrow();
    expect(aws.take()).toMatchObject([{ operation: 'DynamoDB.PutItem', writeUnits: 3, readUnits: 0 }]);
  });

  test('counts a read by four kilobytes, and half of it when it may be stale', async () => {
    await put({ data: 'x'.repeat(4096) });
    aws.take();
    for (const ConsistentRead of [true, false]) {
      await documents.send(new GetCommand({ TableName, Key, ConsistentRead }));
      await documents.send(new GetCommand({ TableName, Key: { ...Key, sk: 'none' }, ConsistentRead }));
    }
    expect(aws.take().map(({ readUnits }) => readUnits)).toEqual([2, 1, 1, 0.5]);
  });

  test('rounds each item of a batch up by itself, and the items of a query together', async () => {
    for (const sk of ['a', 'b', 'c']) await put({ sk, data: 'x'.repeat(1000) });
    aws.take();
    const Keys = ['a', 'b', 'c', 'none'].map((sk) => ({ pk: 'p', sk }));
    await documents.send(new BatchGetCommand({ RequestItems: { vault: { Keys, ConsistentRead: true } } }));
    await query('pk = :pk', { ':pk': 'p' }, { ConsistentRead: true });
    expect(aws.take().map(({ readUnits }) => readUnits)).toEqual([4, 1]);
  });

  test('does not shrink with a projection or a filter', async () => {
    for (const sk of ['a', 'b']) await put({ sk, data: 'x'.repeat(3000) });
    aws.take();
    await query(
      'pk = :pk',
      { ':pk': 'p', ':sk': 'none' },
      { FilterExpression: 'extra = :sk', ProjectionExpression: 'pk' },
    );
    expect(aws.take().map(({ readUnits }) => readUnits)).toEqual([1]);
  });

  test('adds the bodies of request and answer', async () => {
    aws.take();
    await put({ data: 'x'.repeat(100) });
    const [call] = aws.take();
    expect(call?.wireBytes).toBe(JSON.stringify(call?.input).length + '{}'.length);
  });
});

describe('a page', () => {
  test('ends at a megabyte, and the next begins behind it', async () => {
    for (let i = 0; i < 9; i += 1) await put({ sk: String(i), data: 'x'.repeat(300_000) });
    aws.take();
    const request = { TableName, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': 'p' } };
    const keys: string[] = [];
    for await (const { Items = [] } of paginateQuery({ client: documents }, request)) {
      keys.push(...Items.map(({ sk }) => String(sk)));
    }
    expect(keys.join('')).toBe('012345678');
    expect(aws.take()).toHaveLength(3);
    for await (const { Items = [] } of paginateScan({ client: documents }, { TableName })) {
      keys.push(...Items.map(({ sk }) => String(sk)));
    }
    expect(keys).toHaveLength(18);
    expect(aws.take()).toHaveLength(3);
  });

  test('goes on behind a row that is gone by now', async () => {
    for (const sk of ['a', 'b', 'c']) await put({ sk });
    const { LastEvaluatedKey } = await query('pk = :pk', { ':pk': 'p' }, { Limit: 2 });
    await documents.send(new DeleteCommand({ TableName, Key: { pk: 'p', sk: 'b' } }));
    const { Items } = await query('pk = :pk', { ':pk': 'p' }, { ExclusiveStartKey: LastEvaluatedKey });
    expect(Items).toMatchObject([{ sk: 'c' }]);
  });

  test('counts the limit before the filter', async () => {
    for (const sk of ['a', 'b', 'c']) await put({ sk, kind: sk });
    const page = await query('pk = :pk', { ':pk': 'p', ':c': 'c' }, { Limit: 2, FilterExpression: 'kind = :c' });
    expect(page).toMatchObject({ Count: 0, ScannedCount: 2, LastEvaluatedKey: { pk: 'p', sk: 'b' } });
  });

  test('runs backwards when asked to', async () => {
    for (const sk of ['a', 'b', 'c']) await put({ sk });
    const first = await query('pk = :pk', { ':pk': 'p' }, { Limit: 2, ScanIndexForward: false });
    expect(first.Items).toMatchObject([{ sk: 'c' }, { sk: 'b' }]);
    const more = { ScanIndexForward: false, ExclusiveStartKey: first.LastEvaluatedKey };
    expect((await query('pk = :pk', { ':pk': 'p' }, more)).Items).toMatchObject([{ sk: 'a' }]);
  });

  // Without the SDK, which would take most of the time to write and read so much JSON.
  test('of a batch leaves keys unprocessed beyond 16 MB', () => {
    const Keys = Array.from({ length: 60 }, (_, i) => ({ pk: { S: 'p' }, sk: { S: String(i) } }));
    const data = { S: 'x'.repeat(300 * 1024) };
    for (const key of Keys) aws.respond('DynamoDB.PutItem', { TableName, Item: { ...key, data } });
    const { body } = aws.respond('DynamoDB.BatchGetItem', { RequestItems: { [TableName]: { Keys } } });
    const { Responses, UnprocessedKeys } = JSON.parse(body.toString());
    expect(Responses[TableName]).toHaveLength(54);
    expect(UnprocessedKeys[TableName].Keys).toHaveLength(6);
  });
});

describe('an index', () => {
  const due = (sk: string, dueAtS?: number) => put({ sk, due: '0', ...(dueAtS === undefined ? {} : { dueAtS }) });
  const upTo = async (now: number, more: object = {}) => {
    const { Items, LastEvaluatedKey } = await query(
      'due = :shard AND dueAtS <= :now',
      { ':shard': '0', ':now': now },
      { IndexName: 'due', ...more },
    );
    return { found: Items?.map(({ sk }) => sk), LastEvaluatedKey };
  };

  test('holds the keys of the items that have its attributes, in its order', async () => {
    for (const [sk, dueAtS] of [['b', 100], ['a', 20], ['c', 100], ['later', 101], ['never']] as const) {
      await due(sk, dueAtS);
    }
    expect((await upTo(100)).found).toEqual(['a', 'b', 'c']);
  });

  test('follows an item that changes, and one that goes', async () => {
    await due('a', 20);
    await due('b', 30);
    await due('a', 40);
    expect((await upTo(100)).found).toEqual(['b', 'a']);
    await documents.send(new DeleteCommand({ TableName, Key: { pk: 'p', sk: 'b' } }));
    expect((await upTo(100)).found).toEqual(['a']);
  });

  test('is read page by page, behind a row that has moved by now', async () => {
    for (const sk of ['a', 'b', 'c']) await due(sk, 20);
    const { LastEvaluatedKey } = await upTo(100, { Limit: 2 });
    await due('b', 200);
    expect((await upTo(100, { ExclusiveStartKey: LastEvaluatedKey })).found).toEqual(['c']);
  });

  test('bills a write for each entry that goes or comes, and none for one that stays', async () => {
    aws.take();
    await due('a', 20);
    await due('a', 30);
    await put({ sk: 'a', due: '0', dueAtS: 30, more: true });
    expect(aws.take().map(({ writeUnits }) => writeUnits)).toEqual([2, 3, 1]);
  });

  test('cannot be read consistently, and is one that the table has', async () => {
    await expect(upTo(100, { ConsistentRead: true })).rejects.toMatchObject(INVALID);
    await expect(upTo(100, { IndexName: 'other' })).rejects.toMatchObject(INVALID);
  });
});

describe('DynamoDB', () => {
  test.each<[why: string, item: object]>([
    ['over 400 KB', { data: 'x'.repeat(400 * 1024) }],
    ['with an empty key', { sk: '' }],
    ['with a key that is a map', { sk: { a: 1 } }],
  ])('refuses an item %s', async (_, item) => {
    await expect(put(item)).rejects.toMatchObject(INVALID);
    expect(aws.table(TableName).items()).toEqual([]);
  });

  test.each<[why: string, condition: string, values: object]>([
    ['without the partition key', 'sk = :x', { ':x': 'x' }],
    ['with two conditions on the sort key', 'pk = :x AND sk > :x AND sk < :x', { ':x': 'x' }],
    ['by an attribute that is no key', 'pk = :x AND words = :x', { ':x': 'x' }],
    ['by a range of partitions', 'pk > :x', { ':x': 'x' }],
  ])('refuses a query %s', async (_, condition, values) => {
    await expect(query(condition, values)).rejects.toMatchObject(INVALID);
  });

  test('refuses more than 100 keys, the same key twice, and more than 25 writes at once', async () => {
    const keys = (count: number) => Array.from({ length: count }, (_, i) => ({ pk: 'p', sk: String(i) }));
    const get = (Keys: object[]) => documents.send(new BatchGetCommand({ RequestItems: { vault: { Keys } } }));
    await get(keys(100));
    await expect(get(keys(101))).rejects.toMatchObject(INVALID);
    await expect(get([Key, Key])).rejects.toMatchObject(INVALID);
    const write = (count: number) => {
      const requests = keys(count).map((Item) => ({ PutRequest: { Item } }));
      return documents.send(new BatchWriteCommand({ RequestItems: { vault: requests } }));
    };
    await write(25);
    await expect(write(26)).rejects.toMatchObject(INVALID);
  });

  test('knows no table that was not created', async () => {
    await expect(documents.send(new GetCommand({ TableName: 'other', Key }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('fails a test that asks for what the fake does not implement', async () => {
    const capacity = new GetCommand({ TableName, Key, ReturnConsumedCapacity: 'TOTAL' });
    await expect(documents.send(capacity)).rejects.toThrow('does not implement ReturnConsumedCapacity of GetItem');
  });

  test('answers a fault in the place of an operation until it is taken back', async () => {
    const stop = aws.fault('DynamoDB.GetItem', () => exception('ThrottlingException'));
    await expect(stored()).rejects.toMatchObject({ name: 'ThrottlingException' });
    stop();
    expect(await stored()).toBeUndefined();
    aws.fault('DynamoDB.GetItem', () => Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    await expect(stored()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});
