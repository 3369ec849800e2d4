// The entry log in DynamoDB keeps its contract, and leaves out rows that are malformed.

import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { logKey } from '../../../../lambda/dynamo/console-item.ts';
import { dynamoEntryLog } from '../../../../lambda/dynamo/entry-log.ts';
import { dynamoEntryLogReader } from '../../../../lambda/dynamo/entry-log-reader.ts';
import { END_OF_LOG } from '../../../../vault/domain/console/log-row.ts';
import { aRow, entryLogContract } from '../../../support/contracts/entry-log-contract.ts';
import { entryLogOn, fakeTables } from '../../../support/contracts/on-dynamo.ts';

entryLogContract('DynamoDB', () => entryLogOn(fakeTables()));

const { face } = aRow();

test.each([
  ['is no JSON', 'junk'],
  ['is JSON of another shape', '[]'],
  ['has no fields', JSON.stringify({ ...face, fields: undefined })],
  ['has data that is no JSON', JSON.stringify({ ...face, shown: '{' })],
])('a row whose face %s is not found, and the log lists the others', async (_, junk) => {
  const { documents, table } = await fakeTables().add();
  const shown = '{"email":"★★★★★"}';
  const whole = aRow({ face: { ...face, shown } });
  const broken = aRow();
  for (const row of [whole, broken]) await dynamoEntryLog(documents, table).write(row, []);
  const { wrappedKey, box } = broken.sealed;
  const Item = { ...logKey(broken), expiresAt: broken.expiresAtS, face: junk, wrappedKey, box };
  await documents.send(new PutCommand({ TableName: table, Item }));
  const log = dynamoEntryLogReader(documents, table);
  const listed = await log.page({ app: 'shop', before: END_OF_LOG, fromMs: 0, limit: 10 });
  expect(listed).toMatchObject([{ id: whole.id, face: { shown } }]);
  expect(await log.find(broken)).toBeUndefined();
  expect(await log.find(whole)).toEqual(whole);
});
