// The audit log in DynamoDB keeps the contract, and its rows hold what they may and nothing else.

import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { dynamoAuditLog, revealPartition } from '../../../../lambda/dynamo/audit-log.ts';
import { dynamoRevealTrail } from '../../../../lambda/dynamo/reveal-trail.ts';
import { anIntent, auditLogContract } from '../../../support/contracts/audit-log-contract.ts';
import { auditLogOn, fakeTables } from '../../../support/contracts/on-dynamo.ts';

auditLogContract('DynamoDB', () => auditLogOn(fakeTables()));

test('a row has these attributes and no other, whatever an intent brings along', async () => {
  const { documents, table } = await fakeTables().add();
  const intent = { ...anIntent(), tag: 'canary', subject: 'canary', values: ['canary'] };
  await dynamoAuditLog(documents, table, 30).record(intent);
  const { Items } = await documents.send(new ScanCommand({ TableName: table }));
  expect(Items).toEqual([
    {
      pk: expect.stringMatching(/^shop#2027-01-15#(\d|1[0-5])$/),
      sk: '2027-01-15T12:00:00.000Z#a-request',
      integration: 'desk',
      credential: 'token/0123456789ab',
      operation: 'decrypt',
      refs: ['AAAAAAAAAAAAAAAAAAA:0'],
      count: 1,
      expiresAt: Date.UTC(2027, 1, 14, 12) / 1000,
    },
  ]);
});

test('the rows of an app and a day are spread over sixteen partitions', async () => {
  const { documents, table } = await fakeTables().add();
  const log = dynamoAuditLog(documents, table, 30);
  const requests = Array.from({ length: 300 }, (_, number) => anIntent({ requestId: `request-${number}` }));
  await Promise.all(requests.map((intent) => log.record(intent)));
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: table }));
  expect(Items.length).toBe(300);
  expect(new Set(Items.map(({ pk }) => pk)).size).toBe(16);
});

test('a write that the SDK sends twice is one row', async () => {
  const { documents, table } = await fakeTables().add();
  const log = dynamoAuditLog(documents, table, 30);
  await log.record(anIntent());
  await log.record(anIntent());
  const { Count } = await documents.send(new ScanCommand({ TableName: table }));
  expect(Count).toBe(1);
});

test('rows of reveals that are malformed make no page shorter', async () => {
  const { documents, table } = await fakeTables().add();
  const reveal = { person: { subject: 'person-17', name: 'ada@example.org' }, reason: 'She asked' };
  const [older, newer] = ['a', 'b'].map((requestId) => anIntent({ operation: 'reveal', requestId, reveal }));
  for (const intent of [older, newer]) if (intent) await dynamoAuditLog(documents, table, 30).record(intent);
  const pk = revealPartition('shop', '2027-01-15');
  for (const requestId of ['aa', 'c', 'd', 'e']) {
    const Item = { pk, sk: `2027-01-15T12:00:00.000Z#${requestId}` };
    await documents.send(new PutCommand({ TableName: table, Item }));
  }
  const page = dynamoRevealTrail(documents, table).reveals({ app: 'shop', day: '2027-01-15', limit: 2 });
  expect(await page).toEqual([newer, older]);
});
