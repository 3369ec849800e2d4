// Erasing in DynamoDB keeps the contract, whatever is sealed in the meantime.

import { expect, test } from 'vitest';
import { dynamoBundleEraser } from '../../../../lambda/dynamo/bundle-eraser.ts';
import { dynamoBundleStore } from '../../../../lambda/dynamo/bundle-store.ts';
import { exception } from '../../../support/aws/answer.ts';
import { bundleEraserContract } from '../../../support/contracts/bundle-eraser-contract.ts';
import { aBundle, keyOf } from '../../../support/contracts/bundles.ts';
import { bundleStoreOn, fakeTables } from '../../../support/contracts/on-dynamo.ts';

bundleEraserContract('DynamoDB', () => bundleStoreOn(fakeTables()));

/** An eraser and a store on one table, and the account around them. */
async function anEraser() {
  const tables = fakeTables();
  const { documents, table } = await tables.vault();
  const [aws] = tables.accounts;
  if (!aws) throw new Error('the table has no account');
  return { aws, eraser: dynamoBundleEraser(documents, table), store: dynamoBundleStore(documents, table) };
}

test('looks again until a consistent query finds nothing, and takes what came in between', async () => {
  const { aws, eraser, store } = await anEraser();
  const bundle = aBundle();
  await store.insert(bundle);
  const [item] = aws.table('vault').items();
  const late = { ...keyOf(bundle), id: aBundle().id };
  let queries = 0;
  aws.fault('DynamoDB.Query', ({ ConsistentRead }) => {
    expect(ConsistentRead).toBe(true);
    queries += 1;
    // Sealed after the first look and before the second.
    if (queries === 2) aws.table('vault').put({ ...item, sk: { S: late.id } });
    return undefined;
  });
  expect((await eraser.eraseSubject('shop', bundle.tag)).fields).toBe(2 * bundle.fields.size);
  expect(await store.find([bundle, late].map(keyOf))).toEqual([]);
  expect(queries).toBe(3);
});

test('deletes at most 16 bundles at once', async () => {
  const { aws, eraser, store } = await anEraser();
  const { tag } = aBundle();
  for (let count = 0; count < 40; count += 1) await store.insert(aBundle({ tag }));
  aws.take();
  expect((await eraser.eraseSubject('shop', tag)).fields).toBe(3 * 40);
  expect(aws.counts()).toEqual({ 'DynamoDB.Query': 2, 'DynamoDB.DeleteItem': 40 });
});

test.each(['Query', 'DeleteItem'])('answers a throttled %s of a subject with `unavailable`', async (operation) => {
  const { aws, eraser, store } = await anEraser();
  const bundle = aBundle();
  await store.insert(bundle);
  aws.fault(`DynamoDB.${operation}`, () => exception('ThrottlingException'));
  await expect(eraser.eraseSubject('shop', bundle.tag)).rejects.toMatchObject({ code: 'unavailable' });
});

test.each(['UpdateItem', 'DeleteItem'])('answers a throttled %s of a field with `unavailable`', async (operation) => {
  const { aws, eraser, store } = await anEraser();
  const bundle = aBundle({ fields: new Map([[0, Buffer.alloc(1)]]) });
  await store.insert(bundle);
  aws.fault(`DynamoDB.${operation}`, () => exception('ThrottlingException'));
  await expect(eraser.eraseField(keyOf(bundle), 0)).rejects.toMatchObject({ code: 'unavailable' });
});
