// The key ring in DynamoDB keeps the contract, beside rows of other kinds and malformed ones.

import { GetCommand, PutCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { tokenRow } from '../../../../lambda/dynamo/api-tokens.ts';
import { dynamoAppSecretKeeper } from '../../../../lambda/dynamo/app-secrets.ts';
import { dynamoKeyRingWriter } from '../../../../lambda/dynamo/key-ring-writer.ts';
import { slotKey } from '../../../../lambda/dynamo/ring-key.ts';
import { DUE_SHARDS, dueShard } from '../../../../vault/domain/kek-life/due.ts';
import { DEFAULT_LIFE } from '../../../../vault/domain/kek-life/life.ts';
import { slotDates } from '../../../../vault/domain/kek-life/slot.ts';
import type { AppSettings } from '../../../../vault/domain/settings.ts';
import { AT_ONCE_S, type KeyRingWriter, type RingRow } from '../../../../vault/ports/key-ring.ts';
import { exception } from '../../../support/aws/answer.ts';
import { NOW_S } from '../../../support/contracts/bundles.ts';
import { keyRingContract } from '../../../support/contracts/key-ring-contract.ts';
import { fakeTables, keyRingOn } from '../../../support/contracts/on-dynamo.ts';
import { collected } from '../../../support/simulation-network.ts';
import { storeSettings } from '../../../support/store-settings.ts';

keyRingContract('DynamoDB', () => keyRingOn(fakeTables()));

/** The rows of one kind. */
async function rowsOf<Kind extends RingRow['kind']>(ring: KeyRingWriter, kind: Kind) {
  const rows = (await collected(ring.rows())).flat();
  return rows.filter((row): row is Extract<RingRow, { kind: Kind }> => row.kind === kind);
}

describe('the key ring in DynamoDB', () => {
  const settings: AppSettings = {
    app: 'shop',
    life: DEFAULT_LIFE,
    defaultTtlS: 3600,
    integrations: {},
    state: 'live',
  };
  const lease = { owner: 'rotator', untilS: NOW_S + 300 };

  async function aRing() {
    const tables = fakeTables();
    const { documents, table } = await tables.add();
    const [aws] = tables.accounts;
    if (!aws) throw new Error('the table has no account');
    const ring = dynamoKeyRingWriter(documents, table, dynamoAppSecretKeeper(documents, table));
    await storeSettings(ring, settings);
    for (const slot of [NOW_S, NOW_S + 100]) {
      await ring.claim({ app: 'shop' }, slotDates(slot, slot + 100, DEFAULT_LIFE), lease, NOW_S);
    }
    const damage = (name: string, value: unknown) =>
      documents.send(
        new UpdateCommand({
          TableName: table,
          Key: slotKey({ app: 'shop' }, NOW_S),
          UpdateExpression: 'SET #name = :value',
          ExpressionAttributeNames: { '#name': name },
          ExpressionAttributeValues: { ':value': value },
        }),
      );
    return { aws, documents, table, ring, damage };
  }

  test('finds no slots in partitions of other kinds, and no ring where there are only slots', async () => {
    const { documents, table, ring } = await aRing();
    const [row] = (await documents.send(new ScanCommand({ TableName: table }))).Items?.filter(({ slot }) => slot) ?? [];
    await documents.send(new PutCommand({ TableName: table, Item: { ...row, pk: 'shop' } }));
    await documents.send(new PutCommand({ TableName: table, Item: { ...row, pk: 'slots#bank' } }));
    expect((await ring.read('shop'))?.slots).toHaveLength(2);
    expect(await ring.read('bank')).toBeUndefined();
    expect((await rowsOf(ring, 'app')).map(({ app }) => app)).toEqual(['shop']);
  });

  test('does not take the tokens in its table for apps', async () => {
    const { documents, table, ring } = await aRing();
    const grant = { app: 'shop', integration: 'desk', generation: 'g1', expiresAtS: NOW_S };
    await documents.send(new PutCommand({ TableName: table, Item: tokenRow('ab12', grant) }));
    const rows = (await collected(ring.rows())).flat();
    expect(rows.map(({ kind }) => kind).sort()).toEqual(['app', 'plan', 'slot', 'slot']);
  });

  test('takes no item for a plan that is in the index and is none', async () => {
    const { documents, table, ring } = await aRing();
    for (const key of [
      { pk: 'shop', sk: 'plan' },
      { pk: 'slots#shop', sk: 'other' },
      { pk: 'slots#a#b', sk: 'plan' },
    ]) {
      await documents.send(new PutCommand({ TableName: table, Item: { ...key, due: '0', dueAtS: 1 } }));
    }
    expect(await collected(ring.due(0, 2))).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['life', { ...DEFAULT_LIFE, cycleS: 'day' }],
    ['life', { ...DEFAULT_LIFE, cycleS: 0 }],
    ['life', { ...DEFAULT_LIFE, leadS: Number.MAX_SAFE_INTEGER }],
    ['retired', 'no'],
    ['revision', 7],
    ['dueAtS', -1],
  ])('calls a plan with a malformed %s unreadable, until it is planned again', async (name, value) => {
    const { documents, table, ring } = await aRing();
    const update = new UpdateCommand({
      TableName: table,
      Key: { pk: 'slots#shop', sk: 'plan' },
      UpdateExpression: 'SET #name = :value',
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: { ':value': value },
    });
    await documents.send(update);
    const holder = { app: 'shop' };
    const paths = [expect.stringMatching(new RegExp(`^${name}`))];
    await expect(ring.planned(holder)).rejects.toMatchObject({ code: 'settings-unreadable', paths });
    expect(await rowsOf(ring, 'plan')).toMatchObject([{ kind: 'plan', holder, upkeep: undefined }]);
    await ring.plan({ holder, life: DEFAULT_LIFE, retired: false });
    expect(await ring.planned(holder)).toMatchObject({ life: DEFAULT_LIFE, retired: false });
  });

  test.each([
    ['shard', { due: String((dueShard({ app: 'shop' }) + 1) % DUE_SHARDS) }],
    ['shard that no rotator reads', { due: 'x' }],
    ['date that is no number', { dueAtS: 'soon' }],
  ])('says that a plan in another %s is never due', async (_, wrong) => {
    const { documents, table, ring } = await aRing();
    expect(await rowsOf(ring, 'plan')).toMatchObject([{ dueAtS: AT_ONCE_S }]);
    const { Item } = await documents.send(new GetCommand({ TableName: table, Key: { pk: 'slots#shop', sk: 'plan' } }));
    await documents.send(new PutCommand({ TableName: table, Item: { ...Item, ...wrong } }));
    expect(await rowsOf(ring, 'plan')).toMatchObject([{ dueAtS: undefined }]);
  });

  test.each<[string, unknown]>([
    ['state', 'excellent'],
    ['decryptUntilS', 'tomorrow'],
    ['slot', NOW_S + 1],
    ['salt', 'salt'],
  ])('leaves a slot with a malformed %s out and serves the others', async (name, value) => {
    const { ring, damage } = await aRing();
    await damage(name, value);
    expect((await ring.read('shop'))?.slots.map(({ slot }) => slot)).toEqual([NOW_S + 100]);
  });

  test('never looks up partitions of other kinds', async () => {
    const { aws, ring } = await aRing();
    // The row of a role has the app's name as its sort key, and an app may be called `settings`.
    const integrations = { desk: { kind: 'other', processSensitive: false, roles: ['111122223333/desk'] } } as const;
    await storeSettings(ring, { ...settings, app: 'settings', integrations });
    aws.take();
    expect(await ring.read('role#111122223333/desk')).toBeUndefined();
    expect(aws.take()).toEqual([]);
  });

  test('reads consistently', async () => {
    const { aws, ring } = await aRing();
    aws.take();
    await ring.read('shop');
    await ring.planned({ app: 'shop' });
    for await (const _ of ring.rows()) break;
    expect(aws.take().map(({ operation, input }) => [operation, input.ConsistentRead])).toEqual([
      ['DynamoDB.GetItem', true],
      ['DynamoDB.Query', true],
      ['DynamoDB.Query', true],
      ['DynamoDB.Scan', true],
    ]);
  });

  test.each(['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'])(
    'does not store settings without an error while %s is throttled',
    async (operation) => {
      const { aws, ring } = await aRing();
      const trusting = (role: string): AppSettings => ({
        ...settings,
        integrations: { desk: { kind: 'other', processSensitive: false, roles: [`111122223333/${role}`] } },
      });
      await storeSettings(ring, trusting('day'));
      aws.fault(`DynamoDB.${operation}`, () => exception('ThrottlingException'));
      await expect(storeSettings(ring, trusting('night'))).rejects.toMatchObject({ code: 'unavailable' });
    },
  );

  test.each(['GetItem', 'Query', 'Scan', 'UpdateItem', 'DeleteItem'])(
    'answers a throttled %s with `unavailable`',
    async (operation) => {
      const { aws, ring } = await aRing();
      aws.fault(`DynamoDB.${operation}`, () => exception('ThrottlingException'));
      const calls: Record<string, () => Promise<unknown>> = {
        GetItem: () => ring.read('shop'),
        Query: () => ring.read('shop'),
        Scan: async () => {
          for await (const _ of ring.rows()) break;
        },
        UpdateItem: () => ring.markReady({ app: 'shop' }, NOW_S, lease.owner),
        DeleteItem: () => ring.forget({ app: 'shop' }, NOW_S, NOW_S),
      };
      await expect(calls[operation]?.()).rejects.toMatchObject({ code: 'unavailable' });
    },
  );
});
