// Days of use of API tokens in DynamoDB keep the contract, and go when the audit log's rows of that day go.

import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { dynamoTokenUses } from '../../../../lambda/dynamo/token-uses.ts';
import { fakeTables, tokenUsesOn } from '../../../support/contracts/on-dynamo.ts';
import { tokenUsesContract } from '../../../support/contracts/token-uses-contract.ts';

tokenUsesContract('DynamoDB', () => tokenUsesOn(fakeTables()));

test('a note is one row a token and day, deleted after the retention', async () => {
  const { documents, table } = await fakeTables().add();
  const uses = dynamoTokenUses(documents, table, 30);
  for (const hour of [9, 12]) await uses.note('ab12', Date.UTC(2027, 0, 15, hour));
  const { Items } = await documents.send(new ScanCommand({ TableName: table }));
  expect(Items).toEqual([{ pk: 'used#ab12', sk: '2027-01-15', expiresAt: Date.UTC(2027, 1, 14, 12) / 1000 }]);
});
