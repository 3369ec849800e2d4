// The key ring in DynamoDB keeps the contract, beside rows of other kinds and malformed ones.

import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { tokenItemOf } from '../../../../lambda/dynamo/api-tokens.ts';
import { dynamoKeyRingWriter } from '../../../../lambda/dynamo/key-ring.ts';
import { slotRowOf } from '../../../../lambda/dynamo/ring-row.ts';
import { DEFAULT_LIFE } from '../../../../vault/domain/kek-life/life.ts';
import { slotDates } from '../../../../vault/domain/kek-life/slot.ts';
import type { AppSettings } from '../../../../vault/domain/settings.ts';
import { NOW_S } from '../../../support/contracts/bundles.ts';
import { keyRingContract } from '../../../support/contracts/key-ring-contract.ts';
import { fakeTables, keyRingOn } from '../../../support/contracts/on-dynamo.ts';

keyRingContract('DynamoDB', () => keyRingOn(fakeTables()));

describe('the key ring in DynamoDB', () => {
  const settings: AppSettings = {
    app: 'shop',
    life: DEFAULT_LIFE,
    defaultTtlS: 3600,
    integrations: {},
    retired: false,
  };
  const lease = { owner: 'rotator', untilS: NOW_S + 300 };

  async function aRing() {
    const { documents, table } = await fakeTables().plain();
    const ring = dynamoKeyRingWriter(documents, table);
    await ring.configure(settings);
    for (const slot of [NOW_S, NOW_S + 100]) {
      await ring.claim('shop', slotDates(slot, slot + 100, DEFAULT_LIFE), lease, NOW_S);
    }
    const damage = (sk: string, name: string, value: unknown) =>
      documents.send(
        new UpdateCommand({
          TableName: table,
          Key: { pk: 'shop', sk },
          UpdateExpression: 'SET #name = :value',
          ExpressionAttributeNames: { '#name': name },
          ExpressionAttributeValues: { ':value': value },
        }),
      );
    return { documents, table, ring, damage };
  }

  test('does not take the tokens in its table for apps', async () => {
    const { documents, table, ring } = await aRing();
    const grant = { app: 'shop', integration: 'desk', expiresAtS: NOW_S };
    await documents.send(new PutCommand({ TableName: table, Item: tokenItemOf('ab12', grant) }));
    const apps: string[] = [];
    for await (const { settings } of ring.all()) apps.push(settings.app);
    expect(apps).toEqual(['shop']);
  });

  test.each<[string, unknown]>([
    ['state', 'excellent'],
    ['decryptUntil', 'tomorrow'],
    ['slot', NOW_S + 1],
    ['tagSalt', 'salt'],
  ])('leaves a slot with a malformed %s out and serves the others', async (name, value) => {
    const { ring, damage } = await aRing();
    await damage(slotRowOf(NOW_S), name, value);
    expect((await ring.read('shop'))?.slots.map(({ slot }) => slot)).toEqual([NOW_S + 100]);
  });

  test.each<[string, unknown]>([
    ['retired', 'no'],
    ['app', 'bank'],
    ['integrations', { desk: { kind: 'superuser', processSensitive: true } }],
    ['integrations', { desk: { kind: 'messaging', processSensitive: true, roles: '111122223333/desk' } }],
  ])('does not take an app whose settings have a malformed %s for one that is not there', async (name, value) => {
    const { ring, damage } = await aRing();
    await damage('settings', 'settings', { ...settings, [name]: value });
    await expect(ring.read('shop')).rejects.toMatchObject({ code: 'settings-unreadable' });
  });
});
