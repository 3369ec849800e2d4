// Calls to DynamoDB: what a condition that does not hold means, names of attributes, and pages.

import { expect, test } from 'vitest';
import {
  conditionHeld,
  deleteItem,
  everyItem,
  getItem,
  putItem,
  queryPages,
  scanPages,
  takeItem,
  updateItem,
} from '../../../../lambda/dynamo/calls.ts';
import { fakeTables } from '../../../support/contracts/on-dynamo.ts';

const KEY = { pk: 'shop', sk: 'a' };
const ABSENT = 'attribute_not_exists(pk)';

async function aTable() {
  const { documents, table: TableName } = await fakeTables().add();
  const put = (more: object = {}) => putItem(documents, 'put', { TableName, Item: { ...KEY, ...more } });
  return { documents, TableName, put };
}

test('a condition that does not hold is a conflict, which names the call', async () => {
  const { documents, TableName, put } = await aTable();
  await put();
  const again = putItem(documents, 'put it again', { TableName, Item: KEY, ConditionExpression: ABSENT });
  await expect(again).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('put it again') });
  const when = { TableName, Key: KEY, ConditionExpression: ABSENT };
  await expect(deleteItem(documents, 'delete', when)).rejects.toMatchObject({ code: 'conflict' });
  const set = { ...when, UpdateExpression: 'SET a = :a', ExpressionAttributeValues: { ':a': 1 } };
  await expect(updateItem(documents, 'update', set)).rejects.toMatchObject({ code: 'conflict' });
  expect(await conditionHeld(deleteItem(documents, 'delete', when))).toBe(false);
  expect(await conditionHeld(deleteItem(documents, 'delete', { TableName, Key: KEY }))).toBe(true);
});

test('a failure that is no conflict is no answer about a condition', async () => {
  const { documents } = await aTable();
  const nowhere = { TableName: 'nowhere', Key: KEY };
  await expect(conditionHeld(deleteItem(documents, 'delete', nowhere))).rejects.toThrow('failed to delete');
  await expect(takeItem(documents, 'take', nowhere)).rejects.toThrow('failed to take');
});

test('an item is taken once', async () => {
  const { documents, TableName, put } = await aTable();
  await put({ a: 1 });
  const take = () => takeItem(documents, 'take', { TableName, Key: KEY });
  expect(await Promise.all([take(), take()])).toEqual(expect.arrayContaining([{ ...KEY, a: 1 }, undefined]));
});

test('names in expressions stand for the attributes of the same name, reserved words and digits too', async () => {
  const { documents, TableName, put } = await aTable();
  await put({ fields: { 7: 'x', 8: 'y' }, state: 'claimed' });
  await updateItem(documents, 'update', {
    TableName,
    Key: KEY,
    UpdateExpression: 'REMOVE #fields.#7 SET #state = :ready',
    ConditionExpression: '#state = :claimed AND begins_with(#fields.#7, :x)',
    ExpressionAttributeValues: { ':ready': 'ready', ':claimed': 'claimed', ':x': 'x' },
  });
  expect(await getItem(documents, 'get', { TableName, Key: KEY })).toEqual({
    ...KEY,
    fields: { 8: 'y' },
    state: 'ready',
  });
});

test('pages come in their order, and begin after a key', async () => {
  const { documents, TableName } = await aTable();
  const keys = ['a', 'b', 'c', 'd', 'e'].map((sk) => ({ pk: 'shop', sk }));
  for (const Item of keys) await putItem(documents, 'put', { TableName, Item });
  const query = { TableName, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': 'shop' } };
  const pages = await all(queryPages(documents, 'read', query, 2));
  expect(pages.flat()).toEqual(keys);
  expect(pages.length).toBeGreaterThan(2);
  expect(await everyItem(documents, 'read', { ...query, Limit: 2 })).toEqual(keys);
  const after = await all(scanPages(documents, 'scan', { TableName }, { pk: 'shop', sk: 'c' }));
  expect(after.flat()).toEqual(keys.slice(3));
});

test('what is thrown while a page is worked on stays as it is', async () => {
  const { documents, TableName, put } = await aTable();
  await put();
  const failure = new RangeError('of the caller');
  const work = async () => {
    for await (const _ of scanPages(documents, 'scan', { TableName })) throw failure;
  };
  await expect(work()).rejects.toBe(failure);
});

async function all<Page>(pages: AsyncIterable<Page>): Promise<Page[]> {
  const found: Page[] = [];
  for await (const page of pages) found.push(page);
  return found;
}
