// The audit table of the deployed vault: who may touch it, by really trying, and what stands in it.

import { DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  paginateScan,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { clientFor } from '../../local/emulator-client.ts';
import { present } from '../support/envelope.ts';
import { type Actor, actingAs, outcomeOf } from '../support/roles.ts';
import { documents, opened, sealed, unique } from '../support/vault.ts';

const ALL = ['encrypt', 'decrypt', 'erase', 'authorizer', 'sweep', 'rotate-kek', 'configure-app'];
const VALUE = unique('value-canary');
const SUBJECT = unique('subject-canary');
const FIELD_NAME = unique('field-canary');
const Key = { pk: 'taken-over#2027-01-01#0', sk: 'nothing' };

let TableName: string;

beforeAll(async () => {
  const client = new DynamoDBClient(clientFor(inject('endpoint')));
  const names: string[] = [];
  for await (const { TableNames = [] } of paginateListTables({ client }, {})) names.push(...TableNames);
  TableName = present(names.find((name) => name.startsWith('Daykey-Audit')));
});

const calls: Record<string, (actor: Actor) => Promise<unknown>> = {
  put: (as) => as.documents.send(new PutCommand({ TableName, Item: Key })),
  'put many': (as) =>
    as.documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: [{ PutRequest: { Item: Key } }] } })),
  update: (as) => as.documents.send(new UpdateCommand({ TableName, Key })),
  delete: (as) => as.documents.send(new DeleteCommand({ TableName, Key })),
  get: (as) => as.documents.send(new GetCommand({ TableName, Key })),
  scan: (as) => as.documents.send(new ScanCommand({ TableName, Limit: 1 })),
  query: (as) =>
    as.documents.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': Key.pk },
      }),
    ),
};

describe('the audit table', () => {
  test.each(ALL)('is written by decrypt only, and read, changed or emptied by no function: %s', async (entry) => {
    const actor = await actingAs(entry);
    const outcomes: Record<string, string> = {};
    for (const [name, call] of Object.entries(calls)) outcomes[name] = await outcomeOf(() => call(actor));
    const denied = Object.fromEntries(Object.keys(calls).map((name) => [name, 'denied']));
    expect(outcomes).toEqual(entry === 'decrypt' ? { ...denied, put: 'done' } : denied);
    await documents().send(new DeleteCommand({ TableName, Key }));
  });

  test('holds rows of what was opened, and of these nothing but what may be there', async () => {
    const { refs } = await sealed({ [FIELD_NAME]: VALUE }, { subject: SUBJECT });
    await opened(refs);
    const rows: Record<string, unknown>[] = [];
    for await (const { Items = [] } of paginateScan({ client: documents() }, { TableName, ConsistentRead: true })) {
      rows.push(...Items);
    }
    // Rows of people, who reveal and review in the Console, begin with `#` and hold more.
    const intents = rows.filter(({ pk }) => !/^(used)?#/.test(String(pk)));
    expect(intents.length).toBeGreaterThan(0);
    const attributes = ['pk', 'sk', 'integration', 'credential', 'operation', 'refs', 'count', 'expiresAt'];
    for (const row of intents) expect(Object.keys(row).toSorted()).toEqual(attributes.toSorted());
    const uses = rows.filter(({ pk }) => String(pk).startsWith('used#'));
    for (const row of uses) expect(Object.keys(row).toSorted()).toEqual(['expiresAt', 'pk', 'sk']);
    for (const secret of [VALUE, SUBJECT, FIELD_NAME, 'dk2_', 'dkt_']) {
      expect(JSON.stringify(rows)).not.toContain(secret);
    }
  });
});
