// Deleting what is due in DynamoDB keeps the contract, whatever else is written to the table.

import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { bundleItem } from '../../../../lambda/dynamo/bundle-item.ts';
import { dynamoBundleReaper } from '../../../../lambda/dynamo/bundle-reaper.ts';
import { dynamoBundleStore } from '../../../../lambda/dynamo/bundle-store.ts';
import { type StoredBundle, shardOf } from '../../../../vault/ports/bundle-store.ts';
import { exception } from '../../../support/aws/answer.ts';
import { bundleReaperContract } from '../../../support/contracts/bundle-reaper-contract.ts';
import { aBundle, aTag, dueAt, dueBundle, NOW_S } from '../../../support/contracts/bundles.ts';
import { bundleStoreOn, fakeTables } from '../../../support/contracts/on-dynamo.ts';

bundleReaperContract('DynamoDB', () => bundleStoreOn(fakeTables()));

/** A reaper on a table, and ways to write to it. */
async function aReaper() {
  const tables = fakeTables();
  const { documents, table } = await tables.add();
  const [aws] = tables.accounts;
  if (!aws) throw new Error('the table has no account');
  return {
    aws,
    reaper: dynamoBundleReaper(documents, table),
    store: dynamoBundleStore(documents, table),
    put: async (row: Record<string, unknown>) => {
      await documents.send(new PutCommand({ TableName: table, Item: { pk: 'b#05', ...row } }));
    },
  };
}

function inShard(shard: number, overrides: Partial<StoredBundle>): StoredBundle {
  for (;;) {
    const bundle = aBundle(overrides);
    if (shardOf(bundle.id) === shard) return bundle;
  }
}

describe('what is due in DynamoDB', () => {
  test('is read consistently, and nothing that opens a value', async () => {
    const { aws, reaper, store } = await aReaper();
    const bundle = inShard(5, { expiresAtS: NOW_S });
    await store.insert(bundle);
    aws.take();
    expect(await dueAt(reaper, NOW_S, [5])).toEqual([dueBundle(bundle)]);
    expect(aws.take().map(({ input }) => input)).toEqual([
      {
        TableName: 'table',
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND sk < :after',
        ExpressionAttributeValues: { ':pk': { S: 'b#05' }, ':after': { S: String(NOW_S + 1) } },
        Select: 'SPECIFIC_ATTRIBUTES',
        ProjectionExpression: 'sk, #pool, slot, blobDays',
        ExpressionAttributeNames: { '#pool': 'pool' },
      },
    ]);
  });

  test('is deleted with a condition and no answer', async () => {
    const { aws, reaper, store } = await aReaper();
    const bundle = inShard(5, { expiresAtS: NOW_S });
    await store.insert(bundle);
    aws.take();
    await reaper.remove(dueBundle(bundle));
    const { pk, sk } = bundleItem(bundle);
    expect(aws.take().map(({ input }) => input)).toEqual([
      { TableName: 'table', Key: { pk: { S: pk }, sk: { S: sk } }, ConditionExpression: 'attribute_exists(pk)' },
    ]);
  });

  const id = inShard(5, {}).id;
  const elsewhere = inShard(6, {}).id;
  const tag = aTag();
  test.each([
    ['a bundle without a slot', { sk: `1700000000#shop#${id}` }, 1_700_000_000],
    ['a bundle of a slot that is text', { sk: `1700000000#shop#${id}`, slot: '1' }, 1_700_000_000],
    ['a bundle of another shard', { sk: `1700000000#shop#${elsewhere}`, slot: 1 }, 1_700_000_000],
    ['a short ID', { sk: '1700000000#shop#abc', slot: 1 }, 1_700_000_000],
    ['no app', { sk: `1700000000##${id}`, slot: 1 }, 1_700_000_000],
    ['a note of another shard', { sk: `1700000000#shop#erase#${tag}x` }, 1_700_000_000],
    ['a second and nothing else', { sk: '1700000000#' }, 1_700_000_000],
    ['a second of few digits', { sk: '17#shop' }, undefined],
    ['no second at all', { sk: '!' }, undefined],
  ])('may be a row with %s, which can be deleted too', async (_, row, dueAtS) => {
    const { reaper, put } = await aReaper();
    await put(row);
    const due = await dueAt(reaper, NOW_S, [5]);
    expect(due).toEqual([{ kind: 'unreadable', shard: 5, row: row.sk, dueAtS }]);
    for (const each of due) expect(await reaper.remove(each)).toBe(true);
    expect(await dueAt(reaper, NOW_S, [5])).toEqual([]);
  });

  test('is no row that sorts behind every second', async () => {
    const { reaper, put } = await aReaper();
    await put({ sk: 'junk' });
    await put({ sk: `${NOW_S + 1}` });
    expect(await dueAt(reaper, NOW_S, [5])).toEqual([]);
  });

  test('is `unavailable` while DynamoDB throttles', async () => {
    const { aws, reaper } = await aReaper();
    for (const operation of ['Query', 'DeleteItem']) {
      aws.fault(`DynamoDB.${operation}`, () => exception('ThrottlingException'));
    }
    await expect(dueAt(reaper, NOW_S, [5])).rejects.toMatchObject({ code: 'unavailable' });
    await expect(reaper.remove(dueBundle(aBundle()))).rejects.toMatchObject({ code: 'unavailable' });
    const note = { kind: 'erasure', shard: 5, row: '', app: 'shop', subjectTag: aTag(), dueAtS: NOW_S } as const;
    await expect(reaper.repeatErasure(note, NOW_S, async () => {})).rejects.toMatchObject({ code: 'unavailable' });
  });
});

test('repeating an erasure returns nothing of what it deletes, and counts by the slots of the pointers', async () => {
  const { aws, reaper, store } = await aReaper();
  const subjectTag = aTag();
  for (const slot of [7, 7, 8]) {
    const bundle = aBundle({ slot });
    await Promise.all([store.insert(bundle), store.point(subjectTag, bundle)]);
  }
  aws.take();
  const note = { kind: 'erasure', shard: 5, row: '', app: 'shop', subjectTag, dueAtS: NOW_S + 61 } as const;
  expect(await reaper.repeatErasure(note, NOW_S + 61, async () => {})).toEqual(
    expect.arrayContaining([
      { pool: 'own', slot: 7, count: 2 },
      { pool: 'own', slot: 8, count: 1 },
    ]),
  );
  expect(aws.counts()).toEqual({ 'DynamoDB.Query': 1, 'DynamoDB.DeleteItem': 3 });
  for (const { operation, input } of aws.calls) {
    if (operation === 'DynamoDB.DeleteItem') expect(input).not.toHaveProperty('ReturnValues');
    else
      expect(input).toMatchObject({ Select: 'SPECIFIC_ATTRIBUTES', ProjectionExpression: 'sk, #pool, slot, blobDays' });
  }
});
