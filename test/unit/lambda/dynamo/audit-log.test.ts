// The audit log in DynamoDB keeps the contract, and its rows hold what they may and nothing else.

import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { dynamoAuditLog } from '../../../../lambda/dynamo/audit-log.ts';
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
