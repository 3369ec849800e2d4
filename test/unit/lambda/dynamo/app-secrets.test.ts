// The secrets of apps in DynamoDB keep the contract, and an item that is malformed is no secret.

import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { dynamoAppSecrets } from '../../../../lambda/dynamo/app-secrets.ts';
import { appSecretsContract } from '../../../support/contracts/app-secrets-contract.ts';
import { appSecretsOn, fakeTables } from '../../../support/contracts/on-dynamo.ts';

appSecretsContract('DynamoDB', () => appSecretsOn(fakeTables()));

test.each([
  ['nothing', undefined],
  ['a text', 'a'.repeat(32)],
  ['31 bytes', Buffer.alloc(31)],
  ['33 bytes', Buffer.alloc(33)],
])('%s in the place of a secret is none', async (_, secret) => {
  const { documents, table } = await fakeTables().add();
  await documents.send(
    new PutCommand({ TableName: table, Item: { pk: 'shop', sk: 'secret', ...(secret && { secret }) } }),
  );
  expect(await dynamoAppSecrets(documents, table).findSecret('shop')).toBeUndefined();
});
