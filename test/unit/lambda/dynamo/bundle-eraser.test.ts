// Erasing in DynamoDB keeps the contract, whatever is sealed in the meantime.

import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { dynamoBundleEraser } from '../../../../lambda/dynamo/bundle-eraser.ts';
import { dynamoBundleStore } from '../../../../lambda/dynamo/bundle-store.ts';
import { exception } from '../../../support/aws/answer.ts';
import { bundleEraserContract } from '../../../support/contracts/bundle-eraser-contract.ts';
import { aBundle, aTag, keyOf, NOW_S } from '../../../support/contracts/bundles.ts';
import { bundleStoreOn, fakeTables } from '../../../support/contracts/on-dynamo.ts';

bundleEraserContract('DynamoDB', () => bundleStoreOn(fakeTables()));

/** An eraser and a store on one table, and the account around them. */
async function anEraser() {
  const tables = fakeTables();
  const { documents, table } = await tables.add();
  const [aws] = tables.accounts;
  if (!aws) throw new Error('the table has no account');
  const ports = { eraser: dynamoBundleEraser(documents, table), store: dynamoBundleStore(documents, table) };
  return { aws, documents, table, ...ports };
}

test('deletes 40 bundles of a subject with one query and 40 deletions', async () => {
  const { aws, eraser, store } = await anEraser();
  const subjectTag = aTag();
  for (let count = 0; count < 40; count += 1) {
    const bundle = aBundle();
    await Promise.all([store.insert(bundle), store.point(subjectTag, bundle)]);
  }
  aws.take();
  expect((await eraser.eraseSubject('shop', subjectTag, NOW_S)).fields).toBe(3 * 40);
  expect(aws.counts()).toEqual({ 'DynamoDB.Query': 1, 'DynamoDB.DeleteItem': 40 });
});

test('leaves the pointers of what expired more than an hour ago unread, and reads four attributes of the others', async () => {
  const { aws, eraser, store } = await anEraser();
  const subjectTag = aTag();
  const expiries = [NOW_S - 3601, NOW_S - 3600, NOW_S + 60];
  for (const expiresAtS of expiries) await store.point(subjectTag, aBundle({ expiresAtS }));
  aws.take();
  await eraser.eraseSubject('shop', subjectTag, NOW_S);
  expect(aws.counts()).toEqual({ 'DynamoDB.Query': 1, 'DynamoDB.DeleteItem': 2 });
  const reads = {
    ConsistentRead: true,
    Select: 'SPECIFIC_ATTRIBUTES',
    ProjectionExpression: 'sk, #pool, slot, blobDays',
  };
  expect(aws.calls[0]?.input).toMatchObject(reads);
});

test('ignores rows among the pointers that point to no bundle of the app', async () => {
  const { aws, documents, eraser, store, table } = await anEraser();
  const [subjectTag, bundle] = [aTag(), aBundle()];
  await Promise.all([store.insert(bundle), store.point(subjectTag, bundle)]);
  const pk = `s#shop#${subjectTag}`;
  const junk = [
    { sk: '9' },
    { sk: `${NOW_S + 1}#bank#${bundle.id}`, slot: 1 },
    { sk: `${NOW_S + 2}#shop#${bundle.id}`, slot: 'x' },
  ];
  for (const row of junk)
    await documents.send(new PutCommand({ TableName: table, Item: { pk, createdAt: 1, ...row } }));
  aws.take();
  expect((await eraser.eraseSubject('shop', subjectTag, NOW_S)).fields).toBe(3);
  expect(aws.counts()).toEqual({ 'DynamoDB.Query': 1, 'DynamoDB.DeleteItem': 1 });
});

test.each(['Query', 'DeleteItem'])('answers a throttled %s of a subject with `unavailable`', async (operation) => {
  const { aws, eraser, store } = await anEraser();
  const [subjectTag, bundle] = [aTag(), aBundle()];
  await Promise.all([store.insert(bundle), store.point(subjectTag, bundle)]);
  aws.fault(`DynamoDB.${operation}`, () => exception('ThrottlingException'));
  await expect(eraser.eraseSubject('shop', subjectTag, NOW_S)).rejects.toMatchObject({ code: 'unavailable' });
});

test.each(['UpdateItem', 'DeleteItem'])('answers a throttled %s of a field with `unavailable`', async (operation) => {
  const { aws, eraser, store } = await anEraser();
  const bundle = aBundle({ fields: new Map([[0, Buffer.alloc(1)]]) });
  await store.insert(bundle);
  aws.fault(`DynamoDB.${operation}`, () => exception('ThrottlingException'));
  await expect(eraser.eraseField(keyOf(bundle), 0, Buffer.alloc(1))).rejects.toMatchObject({ code: 'unavailable' });
});
