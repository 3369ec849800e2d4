// The bundle store in DynamoDB keeps the contract, and survives rows and answers that are not as they should be.

import { randomBytes } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { dynamoBundleEraser } from '../../../../lambda/dynamo/bundle-eraser.ts';
import { itemOf } from '../../../../lambda/dynamo/bundle-item.ts';
import { dynamoBundleReaper } from '../../../../lambda/dynamo/bundle-reaper.ts';
import { dynamoBundleStore, MAX_IDLE_READS } from '../../../../lambda/dynamo/bundle-store.ts';
import { bundleStoreContract } from '../../../support/contracts/bundle-store-contract.ts';
import { aBundle, keyOf } from '../../../support/contracts/bundles.ts';
import { bundleTable } from '../emulated.ts';

bundleStoreContract('DynamoDB', async () => {
  const { documents, table } = await bundleTable();
  return {
    ...dynamoBundleStore(documents, table),
    ...dynamoBundleReaper(documents, table),
    ...dynamoBundleEraser(documents, table),
  };
});

describe('the bundle store in DynamoDB', () => {
  let documents: DynamoDBDocumentClient;
  let table: string;
  beforeAll(async () => {
    ({ documents, table } = await bundleTable());
  });

  const bytes = randomBytes(64);
  test.each<[string, Record<string, unknown>]>([
    ['another version', { v: 2 }],
    ['no slot', { slot: null }],
    ['a creation that is text', { createdAt: '1800000000' }],
    ['an expiry that is no whole second', { expiresAt: 0.5 }],
    ['a blob that is text', { wrapped: 'AAAA' }],
    ['fields that are no map', { fields: [bytes] }],
    ['a field that is text', { fields: { 0: 'AAAA' } }],
    ['a field beyond the 64th', { fields: { 64: bytes } }],
    ['a field of two spellings', { fields: { '01': bytes } }],
  ])('treats a row with %s as absent', async (_, damage) => {
    const [damaged, sound] = [aBundle(), aBundle()];
    const store = dynamoBundleStore(documents, table);
    await documents.send(new PutCommand({ TableName: table, Item: { ...itemOf(damaged), ...damage } }));
    await store.insert(sound);
    expect(await store.find([damaged, sound].map(keyOf))).toEqual([sound]);
  });

  test('asks again for keys that DynamoDB left unprocessed', async () => {
    const bundles = [aBundle(), aBundle()];
    const store = dynamoBundleStore(documents, table);
    for (const bundle of bundles) await store.insert(bundle);
    let throttled = 2;
    const busy = answering(documents, (request) =>
      throttled-- > 0 ? { Responses: {}, UnprocessedKeys: request.RequestItems } : undefined,
    );
    const pauses: number[] = [];
    const patient = dynamoBundleStore(busy, table, { random: () => 1, sleep: async (ms) => pauses.push(ms) });
    expect(await patient.find(bundles.map(keyOf))).toHaveLength(2);
    expect(pauses).toEqual([50, 100]);
  });

  test('answers keys that stay unprocessed with `unavailable` after a bounded number of pauses', async () => {
    const busy = answering(documents, (request) => ({ Responses: {}, UnprocessedKeys: request.RequestItems }));
    let pauses = 0;
    const patient = dynamoBundleStore(busy, table, { sleep: async () => (pauses += 1) });
    await expect(patient.find([keyOf(aBundle())])).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 });
    expect(pauses).toBe(MAX_IDLE_READS - 1);
  });

  test('answers a table that throttles with `unavailable`, and one that is missing with a cause', async () => {
    const throttling = answering(documents, () => {
      throw Object.assign(new Error('slow down'), { name: 'ProvisionedThroughputExceededException' });
    });
    await expect(dynamoBundleStore(throttling, table).insert(aBundle())).rejects.toMatchObject({ code: 'unavailable' });
    await expect(dynamoBundleStore(documents, 'missing').insert(aBundle())).rejects.toMatchObject({
      message: 'failed to store a bundle: ResourceNotFoundException',
      cause: { name: 'ResourceNotFoundException' },
    });
  });
});

type Request = { readonly RequestItems?: unknown };

/** The same client, with some answers made up; `undefined` lets the request through. */
function answering(documents: DynamoDBDocumentClient, answer: (request: Request) => unknown): DynamoDBDocumentClient {
  return Object.create(documents, {
    send: {
      value: async (command: { input: Request }) => answer(command.input) ?? documents.send(command as never),
    },
  });
}
