// The bundle store in DynamoDB keeps the contract, and survives rows and answers that are not as they should be.

import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { bundleItem } from '../../../../lambda/dynamo/bundle-item.ts';
import { dynamoBundleStore, MAX_IDLE_READS } from '../../../../lambda/dynamo/bundle-store.ts';
import { exception, jsonAnswer } from '../../../support/aws/answer.ts';
import { createTable } from '../../../support/aws/create-tables.ts';
import { type FakeAws, fakeAws } from '../../../support/aws/fake-aws.ts';
import { bundleStoreContract } from '../../../support/contracts/bundle-store-contract.ts';
import { aBundle, wanted } from '../../../support/contracts/bundles.ts';
import { bundleStoreOn, fakeTables } from '../../../support/contracts/on-dynamo.ts';

bundleStoreContract('DynamoDB', () => bundleStoreOn(fakeTables()));

describe('the bundle store in DynamoDB', () => {
  const table = 'vault';
  let aws: FakeAws;
  let documents: DynamoDBDocumentClient;
  beforeEach(async () => {
    aws = fakeAws();
    const dynamo = new DynamoDBClient(aws.clients);
    await createTable(dynamo, table);
    documents = DynamoDBDocumentClient.from(dynamo);
  });

  const bytes = randomBytes(64);
  test.each<[string, Record<string, unknown>]>([
    ['another version', { v: 1 }],
    ['no slot', { slot: null }],
    ['a negative slot', { slot: -1 }],
    ['a creation that is text', { createdAt: '1800000000' }],
    ['a partition that is not its own', { pk: 'b#64' }],
    ['a sort key without an expiry', { sk: 'shop' }],
    ['a blob that is text', { wrapped: 'AAAA' }],
    ['a field that is text', { fields: { 0: 'AAAA' } }],
  ])('treats a row with %s as absent', async (_, damage) => {
    const [damaged, sound] = [aBundle(), aBundle()];
    const store = dynamoBundleStore(documents, table);
    await documents.send(new PutCommand({ TableName: table, Item: { ...bundleItem(damaged), ...damage } }));
    await store.insert(sound);
    expect(await store.find([damaged, sound].map(wanted))).toEqual([sound]);
  });

  test.each<[string, Record<string, unknown>]>([
    ['no fields', { fields: null }],
    ['fields that are no map', { fields: [bytes] }],
    ['a field beyond the 64th', { fields: { 64: bytes } }],
    ['a field of another spelling', { fields: { '01': bytes } }],
  ])('finds no field in a row with %s', async (_, damage) => {
    const damaged = aBundle();
    await documents.send(new PutCommand({ TableName: table, Item: { ...bundleItem(damaged), ...damage } }));
    const found = await dynamoBundleStore(documents, table).find([wanted(damaged)]);
    expect(found).toEqual([{ ...damaged, fields: new Map() }]);
  });

  test("leaves the row of a blob's key to the sweeper for a day, before DynamoDB's TTL deletes it", () => {
    const [plain, blob] = [aBundle(), aBundle({ blobDays: 1 })];
    expect(bundleItem(plain).expiresAt).toBe(plain.expiresAtS);
    expect(bundleItem(blob).expiresAt).toBe(blob.expiresAtS + 24 * 3600);
  });

  test('reads the header of each bundle and, of all 64 fields, those that are asked for', async () => {
    const one = aBundle({ fields: new Map(Array.from({ length: 64 }, (_, index) => [index, randomBytes(4096)])) });
    const store = dynamoBundleStore(documents, table);
    await store.insert(one);
    aws.take();
    await store.find([{ ...wanted(one), indexes: new Set([3]) }]);
    const [call] = aws.take();
    expect(call?.input.RequestItems.vault.ProjectionExpression).toBe(
      'pk, sk, v, #pool, slot, createdAt, blobDays, #wrapped, #fields.#3',
    );
    expect(call?.wireBytes).toBeLessThan(2 * 4096);
  });

  test('writes a bundle with one write, and a pointer with another', async () => {
    const store = dynamoBundleStore(documents, table);
    const bundle = aBundle();
    aws.take();
    await store.insert(bundle);
    await store.point('a-tag', bundle);
    expect(aws.counts()).toEqual({ 'DynamoDB.PutItem': 2 });
    expect(aws.calls.map(({ input }) => input.Item.pk.S)).toEqual([expect.stringMatching(/^b#\d\d$/), 's#shop#a-tag']);
  });

  test('reads consistently, in one request for 100 bundles', async () => {
    await dynamoBundleStore(documents, table).find(Array.from({ length: 100 }, () => wanted(aBundle())));
    const [call] = aws.take().slice(-1);
    expect(call?.input.RequestItems.vault).toMatchObject({ ConsistentRead: true, Keys: { length: 100 } });
  });

  test('asks DynamoDB nothing when it is asked for nothing', async () => {
    aws.take();
    await dynamoBundleStore(documents, table).find([]);
    expect(aws.take()).toEqual([]);
  });

  test('asks again for keys that DynamoDB left unprocessed, after pauses that double', async () => {
    const bundles = [aBundle(), aBundle()];
    const pauses: number[] = [];
    const store = dynamoBundleStore(documents, table, { random: () => 1, sleep: async (ms) => pauses.push(ms) });
    for (const bundle of bundles) await store.insert(bundle);
    let throttled = 2;
    aws.fault('DynamoDB.BatchGetItem', ({ RequestItems }) =>
      throttled-- > 0 ? jsonAnswer(200, { Responses: {}, UnprocessedKeys: RequestItems }) : undefined,
    );
    expect(await store.find(bundles.map(wanted))).toHaveLength(2);
    expect(pauses).toEqual([50, 100]);
  });

  test('asks on at once, and begins to count again, when a part was processed', async () => {
    const bundles = Array.from({ length: 8 }, () => aBundle());
    const pauses: number[] = [];
    const store = dynamoBundleStore(documents, table, { random: () => 1, sleep: async (ms) => pauses.push(ms) });
    for (const bundle of bundles) await store.insert(bundle);
    let requests = 0;
    aws.fault('DynamoDB.BatchGetItem', ({ RequestItems }) => {
      requests += 1;
      if (requests % 2 === 1) return jsonAnswer(200, { Responses: {}, UnprocessedKeys: RequestItems });
      const [first, ...left] = RequestItems.vault.Keys;
      const { body } = aws.respond('DynamoDB.BatchGetItem', { RequestItems: { vault: { Keys: [first] } } });
      const UnprocessedKeys = left.length === 0 ? {} : { vault: { Keys: left } };
      return jsonAnswer(200, { ...JSON.parse(body.toString()), UnprocessedKeys });
    });
    expect(await store.find(bundles.map(wanted))).toHaveLength(bundles.length);
    expect(pauses).toEqual(bundles.map(() => 50));
  });

  test('answers keys that stay unprocessed with `unavailable` after a bounded number of pauses', async () => {
    aws.fault('DynamoDB.BatchGetItem', ({ RequestItems }) =>
      jsonAnswer(200, { Responses: {}, UnprocessedKeys: RequestItems }),
    );
    let pauses = 0;
    const store = dynamoBundleStore(documents, table, { sleep: async () => (pauses += 1) });
    await expect(store.find([wanted(aBundle())])).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 });
    expect(pauses).toBe(MAX_IDLE_READS - 1);
  });

  test('answers a table that throttles with `unavailable`, and one that is missing with a cause', async () => {
    aws.fault('DynamoDB.PutItem', () => exception('ProvisionedThroughputExceededException'));
    await expect(dynamoBundleStore(documents, table).insert(aBundle())).rejects.toMatchObject({ code: 'unavailable' });
    const missing = dynamoBundleStore(documents, 'missing');
    await expect(missing.find([wanted(aBundle())])).rejects.toMatchObject({
      message: 'failed to read bundles: ResourceNotFoundException',
      cause: { name: 'ResourceNotFoundException' },
    });
  });

  test('lets a refused write rise that is refused for another reason than its size', async () => {
    aws.fault('DynamoDB.PutItem', () => exception('ValidationException'));
    await expect(dynamoBundleStore(documents, table).insert(aBundle())).rejects.toMatchObject({
      message: 'failed to store a bundle: ValidationException',
    });
  });
});
