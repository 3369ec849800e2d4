// The register of API tokens in DynamoDB keeps the contract, and leaves out rows that are no tokens.

import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { dynamoTokenRegister } from '../../../../client/cli/token-register.ts';
import { tokenRow } from '../../../../lambda/dynamo/api-tokens.ts';
import { exception } from '../../../support/aws/answer.ts';
import { NOW_S } from '../../../support/contracts/bundles.ts';
import { fakeTables, tokenRegisterOn } from '../../../support/contracts/on-dynamo.ts';
import { tokenRegisterContract } from '../../../support/contracts/token-register-contract.ts';

tokenRegisterContract('DynamoDB', () => tokenRegisterOn(fakeTables()));

const GRANT = { app: 'shop', integration: 'desk', generation: 'g1', expiresAtS: NOW_S };

/** A register whose table holds these rows. */
async function aRegister(rows: readonly object[]) {
  const tables = fakeTables();
  const { documents, table } = await tables.add();
  for (const row of rows) await documents.send(new PutCommand({ TableName: table, Item: { ...row } }));
  return { aws: tables.accounts[0], register: dynamoTokenRegister(documents, table) };
}

test('lists a token that was stored without its date of issue', async () => {
  const { register } = await aRegister([tokenRow('ab12'.repeat(16), GRANT)]);
  expect(await register.list('shop')).toEqual([{ ...GRANT, id: 'ab12ab12ab12', createdAtS: undefined }]);
});

test('leaves out malformed rows and rows of other kinds', async () => {
  const { register } = await aRegister([
    { ...tokenRow('ab12', GRANT), expiresAt: 'tomorrow' },
    { ...tokenRow('cd34', GRANT), integration: 7 },
    { pk: 'role#111122223333/desk', sk: 'shop', app: 'shop' },
    { pk: 'shop', sk: 'settings', app: 'shop' },
  ]);
  expect(await register.list('shop')).toEqual([]);
});

test('answers a throttled table with `unavailable`', async () => {
  const { aws, register } = await aRegister([tokenRow('ab12', GRANT)]);
  for (const operation of ['Scan', 'PutItem', 'DeleteItem']) {
    aws?.fault(`DynamoDB.${operation}`, () => exception('ThrottlingException'));
  }
  const unavailable = { code: 'unavailable' };
  await expect(register.list('shop')).rejects.toMatchObject(unavailable);
  await expect(register.issue('ab12', GRANT, NOW_S)).rejects.toMatchObject(unavailable);
  await expect(register.revoke('shop', 'ab12')).rejects.toMatchObject(unavailable);
});
