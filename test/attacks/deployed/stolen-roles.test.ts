// Attackers who have taken over a function of the deployed stack, or may assume its role.

import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { CreateKeyCommand, DecryptCommand, EncryptCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { expect, inject, test } from 'vitest';
import { tokenRow } from '../../../lambda/dynamo/api-tokens.ts';
import { KEY_TAGS } from '../../../lambda/kms/key-maker.ts';
import { clientFor } from '../../../local/emulator-client.ts';
import { hashApiToken, newApiToken } from '../../../vault/domain/api-token.ts';
import { present } from '../../support/envelope.ts';
import { type Actor, actingAs, outcomeOf } from '../../support/roles.ts';
import { aToken, documents, type Item, opened, sealed } from '../../support/vault.ts';
import { textsOpenedWith } from '../key-search.ts';
import { foundBehind, innerWrapIn } from './attacker.ts';

test('a stolen decrypt role opens what it has the ref and the item of, past the expiry too, and nothing without the ref', async () => {
  const endsAtMs = (Math.floor(Date.now() / 1000) + 5) * 1000;
  const { refs } = await sealed({ value: 'x' }, { notAfter: new Date(endsAtMs).toISOString() });
  const { question, ref, item, ...target } = await foundBehind(present(refs.value));
  const thief = await actingAs('decrypt');

  // It finds no bundle that it has no ref of, and KMS gives it no more than the inner wrap.
  const { ring, vault } = inject('vault').tables;
  expect(await outcomeOf(() => thief.documents.send(new ScanCommand({ TableName: vault })))).toBe('denied');
  const { Plaintext } = await thief.kms.send(new DecryptCommand(question));
  const innerWraps = [innerWrapIn(Plaintext, ref)];
  const bytes = [Buffer.from(present(Plaintext)), Buffer.from(present(question.CiphertextBlob)), target.stored];
  expect(textsOpenedWith({ bytes, innerWraps }, target)).toEqual([]);

  const Keys = [{ pk: item.pk, sk: item.sk }];
  const { Responses } = await thief.documents.send(new BatchGetCommand({ RequestItems: { [vault]: { Keys } } }));
  expect(Responses?.[vault]).toHaveLength(1);
  await sleep(Math.max(0, endsAtMs - Date.now()));
  expect(await opened(refs)).toMatchObject({ value: { status: 'redacted' } });
  const late = await thief.kms.send(new DecryptCommand(question));
  const withRef = { bytes: [], refKeks: [ref.refKek], innerWraps: [innerWrapIn(late.Plaintext, ref)] };
  expect(textsOpenedWith(withRef, target)).toEqual(['"x"']);
  expect(await outcomeOf(() => thief.documents.send(new ScanCommand({ TableName: ring })))).toBe('denied');
});

test('a stolen rotator makes new keys and changes slots, and writes no API token, role or settings', async () => {
  const { question } = await foundBehind(await aToken('x'));
  const thief = await actingAs('rotate-kek');
  expect(await outcomeOf(() => thief.kms.send(new DecryptCommand(question)))).toBe('denied');
  const { vault, ring } = inject('vault').tables;
  expect(await outcomeOf(() => thief.documents.send(new ScanCommand({ TableName: vault })))).toBe('denied');

  // Whatever the ring would have sealed under a key like this one, its maker could unwrap.
  const everyone = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' };
  const { KeyMetadata } = await thief.kms.send(
    new CreateKeyCommand({
      Policy: JSON.stringify({ Version: '2012-10-17', Statement: [everyone] }),
      BypassPolicyLockoutSafetyCheck: true,
      Tags: [{ TagKey: KEY_TAGS.stack, TagValue: 'Daykey' }],
    }),
  );
  const own = { KeyId: present(KeyMetadata?.Arn), EncryptionContext: question.EncryptionContext };
  const { CiphertextBlob } = await thief.kms.send(new EncryptCommand({ ...own, Plaintext: Buffer.alloc(60, 1) }));
  const { Plaintext } = await thief.kms.send(new DecryptCommand({ ...own, CiphertextBlob }));
  expect(Buffer.from(present(Plaintext))).toEqual(Buffer.alloc(60, 1));
  await thief.kms.send(new ScheduleKeyDeletionCommand({ KeyId: own.KeyId, PendingWindowInDays: 7 }));

  const grant = { app: 'shop', integration: 'desk', generation: 'g1', expiresAtS: Math.floor(Date.now() / 1000) + 60 };
  const settings = { pk: 'shop', sk: 'settings' };
  const role = { pk: 'role#111122223333/thief', sk: 'shop' };
  const rows = { 'an API token': tokenRow(hashApiToken(newApiToken()), grant), settings, 'a role': role };
  for (const [name, { pk, sk }] of Object.entries(rows)) {
    const Key = { pk, sk };
    const AttributeUpdates = { integration: { Value: 'desk' } };
    const ways = [
      new UpdateCommand({ TableName: ring, Key, AttributeUpdates }),
      new DeleteCommand({ TableName: ring, Key }),
      new PutCommand({ TableName: ring, Item: Key }),
      new BatchWriteCommand({ RequestItems: { [ring]: [{ PutRequest: { Item: Key } }] } }),
      new TransactWriteCommand({ TransactItems: [{ Delete: { TableName: ring, Key } }] }),
    ];
    const outcomes = ways.map((way) => outcomeOf(() => thief.documents.send(way as PutCommand)));
    expect(await Promise.all(outcomes), name).toEqual(ways.map(() => 'denied'));
  }
  const Key = { pk: 'slots#nothing', sk: 'slot#000000000000' };
  expect(await outcomeOf(() => thief.documents.send(new DeleteCommand({ TableName: ring, Key })))).toBe('done');
});

/** What comes of looking at a bundle in each of these ways. */
async function looks(thief: Actor, { pk, sk }: Item) {
  const { vault: TableName } = inject('vault').tables;
  const query = { TableName, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': pk } };
  const projected = (attribute: string) => {
    const ExpressionAttributeNames = { '#it': attribute };
    return new QueryCommand({ ...query, ProjectionExpression: 'sk, #it', ExpressionAttributeNames });
  };
  const ways = {
    'all of it': () => thief.documents.send(new QueryCommand(query)),
    'its wrapped keys': () => thief.documents.send(projected('wrapped')),
    'its fields': () => thief.documents.send(projected('fields')),
    'how many there are': () => thief.documents.send(new QueryCommand({ ...query, Select: 'COUNT' })),
    'one by its key': () => thief.documents.send(new GetCommand({ TableName, Key: { pk, sk } })),
    'the whole table': () => thief.documents.send(new ScanCommand({ TableName })),
    'its key and slot': () => thief.documents.send(projected('slot')),
  };
  const outcomes = Object.entries(ways).map(async ([name, way]) => [name, await outcomeOf(way)]);
  return Object.fromEntries(await Promise.all(outcomes));
}

const KEY_AND_SLOT_ONLY = {
  'all of it': 'denied',
  'its wrapped keys': 'denied',
  'its fields': 'denied',
  'how many there are': 'denied',
  'one by its key': 'denied',
  'the whole table': 'denied',
  'its key and slot': 'done',
};

test('a stolen sweeper finds and deletes bundles, and reads nothing of them', async () => {
  const { item } = await foundBehind(await aToken('x'));
  const thief = await actingAs('sweep');
  expect(await looks(thief, item)).toEqual(KEY_AND_SLOT_ONLY);
  const { vault: TableName } = inject('vault').tables;
  const remove = { TableName, Key: { pk: item.pk, sk: item.sk } };
  const returning = (ReturnValues?: 'ALL_OLD' | 'NONE') =>
    outcomeOf(() => thief.documents.send(new DeleteCommand({ ...remove, ReturnValues })));
  expect([await returning('ALL_OLD'), await returning('NONE'), await returning()]).toEqual(['denied', 'done', 'done']);
  const put = new PutCommand({ TableName, Item: item });
  expect(await outcomeOf(() => thief.documents.send(put))).toBe('denied');
});

test('stolen roles that count bundles read nothing of them either', async () => {
  const { item } = await foundBehind(await aToken('x'));
  for (const role of ['rotate-kek', 'configure-app', 'erase']) {
    expect(await looks(await actingAs(role), item), role).toEqual(KEY_AND_SLOT_ONLY);
  }
});

test('a stolen eraser writes notes of erasures, and puts no bundle back', async () => {
  const { item } = await foundBehind(await aToken('x'));
  const thief = await actingAs('erase');
  const { vault: TableName } = inject('vault').tables;
  const put = (Item: Item) => outcomeOf(() => thief.documents.send(new PutCommand({ TableName, Item })));
  expect(await put(item)).toBe('denied');
  expect(await put({ pk: item.pk, sk: item.sk, wrapped: item.wrapped })).toBe('denied');
  const set = (values: Item, ReturnValues?: 'ALL_OLD') => {
    const names = Object.keys(values);
    const command = new UpdateCommand({
      TableName,
      Key: { pk: item.pk, sk: item.sk },
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(names.map((name) => [`:${name}`, values[name]])),
      ReturnValues,
    });
    return outcomeOf(() => thief.documents.send(command));
  };
  expect(await set({ wrapped: item.wrapped })).toBe('denied');
  expect(await set({ fields: {}, expiresAt: 1 })).toBe('denied');
  expect(await set({ fields: {} }, 'ALL_OLD')).toBe('denied');
  expect(await set({ fields: {} })).toBe('done');
  expect(await put({ pk: 'b#00', sk: '9999999999#shop#erase#nothing' })).toBe('done');
});

test('stolen roles that count bundles make the counts wrong, and touch no receipt', async () => {
  const { TableNames = [] } = await new DynamoDBClient(clientFor(inject('endpoint'))).send(new ListTablesCommand({}));
  const TableName = present(TableNames.find((name) => name.includes('LedgerTable')));
  const Key = { pk: 'no-app', sk: 'slot#0' };
  for (const role of ['erase', 'sweep']) {
    const thief = await actingAs(role);
    const update = (UpdateExpression: string, ExpressionAttributeValues?: Item) =>
      outcomeOf(() =>
        thief.documents.send(new UpdateCommand({ TableName, Key, UpdateExpression, ExpressionAttributeValues })),
      );
    expect(await update('SET receipt = :it', { ':it': 'x' }), role).toBe('denied');
    expect(await update('REMOVE receipt'), role).toBe('denied');
    expect(await update('ADD swept :it REMOVE keyGoneReceipt', { ':it': 1 }), role).toBe('denied');
    expect(await update('ADD swept :it', { ':it': 1 }), role).toBe('done');
  }
  await documents().send(new DeleteCommand({ TableName, Key }));
});
