// Erasing in DynamoDB keeps the contract, whatever is sealed in the meantime.

import { expect, test } from 'vitest';
import { dynamoBundleEraser } from '../../../../lambda/dynamo/bundle-eraser.ts';
import { dynamoBundleStore } from '../../../../lambda/dynamo/bundle-store.ts';
import { exception } from '../../../support/aws/answer.ts';
import { bundleEraserContract } from '../../../support/contracts/bundle-eraser-contract.ts';
import { aBundle, aTag, keyOf } from '../../../support/contracts/bundles.ts';
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

test('deletes 40 bundles of a subject with one query and 40 deletions', async () => {
  const { aws, eraser, store } = await anEraser();
  const subjectTag = aTag();
  for (let count = 0; count < 40; count += 1) await store.insert(aBundle({ subjectTag }));
  aws.take();
  expect((await eraser.eraseSubject('shop', subjectTag)).fields).toBe(3 * 40);
  expect(aws.counts()).toEqual({ 'DynamoDB.Query': 1, 'DynamoDB.DeleteItem': 40 });
});

test.each(['Query', 'DeleteItem'])('answers a throttled %s of a subject with `unavailable`', async (operation) => {
  const { aws, eraser, store } = await anEraser();
  const bundle = aBundle();
  await store.insert(bundle);
  aws.fault(`DynamoDB.${operation}`, () => exception('ThrottlingException'));
  await expect(eraser.eraseSubject('shop', bundle.subjectTag ?? '')).rejects.toMatchObject({ code: 'unavailable' });
});

test.each(['UpdateItem', 'DeleteItem'])('answers a throttled %s of a field with `unavailable`', async (operation) => {
  const { aws, eraser, store } = await anEraser();
  const bundle = aBundle({ fields: new Map([[0, Buffer.alloc(1)]]) });
  await store.insert(bundle);
  aws.fault(`DynamoDB.${operation}`, () => exception('ThrottlingException'));
  await expect(eraser.eraseField(keyOf(bundle), 0, Buffer.alloc(1))).rejects.toMatchObject({ code: 'unavailable' });
});
