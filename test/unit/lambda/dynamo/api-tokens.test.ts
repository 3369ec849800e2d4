// API tokens in DynamoDB keep the contract, and a malformed row grants nothing.

import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { dynamoApiTokens, tokenRow } from '../../../../lambda/dynamo/api-tokens.ts';
import { apiTokensContract } from '../../../support/contracts/api-tokens-contract.ts';
import { NOW_S } from '../../../support/contracts/bundles.ts';
import { apiTokensOn, fakeTables } from '../../../support/contracts/on-dynamo.ts';

apiTokensContract('DynamoDB', () => apiTokensOn(fakeTables()));

const GRANT = { app: 'shop', integration: 'desk', generation: 'g1', expiresAtS: NOW_S };

test.each([
  ['app', 7],
  ['integration', null],
  ['generation', undefined],
  ['generation', 1],
  ['expiresAt', '1800000000'],
  ['expiresAt', 0.5],
])('a row with a malformed %s (%j) grants nothing', async (name, value) => {
  const { documents, table } = await fakeTables().add();
  const Item = { ...tokenRow('ab12', GRANT), [name]: value };
  await documents.send(new PutCommand({ TableName: table, Item }));
  expect(await dynamoApiTokens(documents, table).find('ab12')).toBeUndefined();
});

test('a token is looked up consistently, so that a revoked one is lost at once', async () => {
  const tables = fakeTables();
  const { documents, table } = await tables.add();
  await dynamoApiTokens(documents, table).find('ab12');
  expect(tables.accounts[0]?.take().at(-1)?.input).toMatchObject({ ConsistentRead: true });
});
