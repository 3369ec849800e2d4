// The fake of DynamoDB reads conditions and updates as DynamoDB does, and refuses what DynamoDB cannot read.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { createTable } from '../../../support/aws/create-tables.ts';
import { fakeAws } from '../../../support/aws/fake-aws.ts';

const TableName = 'ring';
const Key = { pk: 'p', sk: 's' };

let documents: DynamoDBDocumentClient;
beforeEach(async () => {
  const dynamo = new DynamoDBClient(fakeAws().clients);
  await createTable(dynamo, TableName);
  documents = DynamoDBDocumentClient.from(dynamo);
});

const put = (item: object, more: object = {}) =>
  documents.send(new PutCommand({ TableName, Item: { ...Key, ...item }, ...more }));
const update = (UpdateExpression: string, values?: object, more: object = {}) =>
  documents.send(
    new UpdateCommand({
      TableName,
      Key,
      UpdateExpression,
      ...(values && { ExpressionAttributeValues: { ...values } }),
      ReturnValues: 'ALL_NEW',
      ...more,
    }),
  );
const stored = async () => (await documents.send(new GetCommand({ TableName, Key }))).Item;

describe('a condition', () => {
  const item = { number: 7, words: 'abc', map: { one: 1 }, bytes: Buffer.from([1, 2]) };
  const names = { '#number': 'number', '#map': 'map', '#bytes': 'bytes' };

  test.each([
    ['attribute_exists(words)', true],
    ['attribute_exists(other)', false],
    ['attribute_not_exists(other)', true],
    ['attribute_exists(#map.one)', true],
    ['attribute_not_exists(#map.two)', true],
    ['size(#map) = :one', true],
    ['size(words) > :one', true],
    ['size(#bytes) < :seven', true],
    ['size(other) < :seven', false],
    ['#number = :seven', true],
    ['#number <> :seven', false],
    ['#number < :seven', false],
    ['#number <= :seven', true],
    ['#number > :one', true],
    ['#number >= :seven', true],
    ['#number = :text', false],
    ['other <> :one', true],
    ['#number > :text', false],
    ['#number BETWEEN :one AND :seven', true],
    ['#number IN (:one, :seven)', true],
    ['#number IN (:one)', false],
    ['begins_with(words, :a)', true],
    ['begins_with(words, :c)', false],
    ['contains(words, :c)', true],
    ['NOT begins_with(words, :c)', true],
    ['#number = :one OR #number = :seven AND begins_with(words, :c)', false],
    ['(#number = :one OR #number = :seven) AND begins_with(words, :a)', true],
  ])('%s is %s', async (ConditionExpression, isTrue) => {
    await put(item);
    const used = (all: object) =>
      Object.fromEntries(Object.entries(all).filter(([name]) => new RegExp(`${name}\\b`).test(ConditionExpression)));
    const values = used({ ':one': 1, ':seven': 7, ':text': '7', ':a': 'a', ':c': 'c' });
    const attempt = documents.send(
      new DeleteCommand({
        TableName,
        Key,
        ConditionExpression,
        ...(Object.keys(used(names)).length > 0 && { ExpressionAttributeNames: used(names) }),
        ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
      }),
    );
    if (isTrue) await attempt;
    else await expect(attempt).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(await stored()).toEqual(isTrue ? undefined : { ...Key, ...item, bytes: new Uint8Array([1, 2]) });
  });

  test('that fails gives the item back when asked to', async () => {
    await put({ data: 'old' });
    const failing = { ConditionExpression: 'attribute_not_exists(pk)' };
    await expect(put({}, failing)).rejects.toMatchObject({ Item: undefined });
    await expect(put({}, { ...failing, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })).rejects.toMatchObject({
      Item: { data: { S: 'old' } },
    });
  });

  test('sees no attributes where there is no item', async () => {
    await expect(
      update('SET extra = :x', { ':x': 1 }, { ConditionExpression: 'attribute_exists(pk)' }),
    ).rejects.toThrow();
    expect(await stored()).toBeUndefined();
  });
});

describe('an update', () => {
  test('sets, keeps, counts up and removes attributes, and makes the item if it is missing', async () => {
    await update('SET one = if_not_exists(one, :x), two = :y ADD three :y', { ':x': 1, ':y': 2 });
    await update('SET one = if_not_exists(one, :y), two = two + :y REMOVE four ADD three :y', { ':y': 2 });
    expect(await stored()).toEqual({ ...Key, one: 1, two: 4, three: 4 });
  });

  test('removes one member of a map', async () => {
    await put({ map: { a: 1, b: 2 } });
    const names = { ExpressionAttributeNames: { '#map': 'map' } };
    expect((await update('REMOVE #map.a', undefined, names)).Attributes).toEqual({ ...Key, map: { b: 2 } });
  });

  test('reads every operand from the item as it was', async () => {
    await put({ one: 1, two: 2 });
    expect((await update('SET one = two, two = one')).Attributes).toMatchObject({ one: 2, two: 1 });
  });

  test.each<[why: string, expression: string, values?: object | undefined, names?: object]>([
    ['changes a key', 'SET sk = :x', { ':x': 'other' }],
    ['has two paths that overlap', 'SET one = :x REMOVE one', { ':x': 1 }],
    ['has a path through what is no map', 'SET other.two = :x', { ':x': 1 }],
    ['reads what is missing', 'SET one = other'],
    ['counts up a text', 'ADD words :x', { ':x': 1 }],
    ['has a clause twice', 'SET one = :x SET two = :x', { ':x': 1 }],
    ['uses a reserved word', 'SET state = :x', { ':x': 1 }],
    ['has an unused value', 'SET one = :x', { ':x': 1, ':y': 2 }],
    ['has an unused name', 'REMOVE one', undefined, { '#unused': 'unused' }],
    ['has an undefined value', 'SET one = :x'],
    ['has an undefined name', 'REMOVE #one'],
    ['is empty', ' '],
    ['is no expression', 'SET one == :x', { ':x': 1 }],
    ['ends too early', 'SET one =', { ':x': 1 }],
  ])('that %s is refused', async (_, expression, values, names) => {
    await put({ words: 'abc' });
    await expect(update(expression, values, names && { ExpressionAttributeNames: names })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    expect(await stored()).toEqual({ ...Key, words: 'abc' });
  });
});
