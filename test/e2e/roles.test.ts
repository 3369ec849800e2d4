// Least privilege, by really trying: each function's role attempts everything that it must not be able to do.

import {
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  DisableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  ExecuteStatementCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { present } from '../support/envelope.ts';
import { type Actor, actingAs, outcomeOf } from '../support/roles.ts';
import { aToken, documents, type Item, opened, questionBehind } from '../support/vault.ts';

const REQUEST_PATH = ['encrypt', 'decrypt', 'erase', 'authorizer'];
const ALL = [...REQUEST_PATH, 'sweep', 'rotate-kek', 'configure-app'];
type Call = (actor: Actor) => Promise<unknown>;
type Calls = Record<string, Call>;

/** A stored bundle, and the key that wraps it. */
let bundle: {
  token: string;
  key: { pk: string; sk: string };
  wrapped: Uint8Array;
  keyArn: string;
  context: Record<string, string>;
};
const actors = new Map<string, Actor>();

beforeAll(async () => {
  const token = await aToken('x');
  const { item, question } = await questionBehind(token);
  bundle = {
    token,
    key: { pk: String(item.pk), sk: String(item.sk) },
    wrapped: question.CiphertextBlob,
    keyArn: question.KeyId,
    context: question.EncryptionContext,
  };
  for (const entry of ALL) actors.set(entry, await actingAs(entry));
});

/** What becomes of each call when this function's role makes it. */
async function outcomes(entry: string, calls: Calls): Promise<Record<string, string>> {
  const actor = present(actors.get(entry));
  const tried = Object.entries(calls).map(async ([name, call]) => [name, await outcomeOf(() => call(actor))] as const);
  return Object.fromEntries(await Promise.all(tried));
}

const every = (calls: Calls, outcome: string) => Object.fromEntries(Object.keys(calls).map((name) => [name, outcome]));

const encrypt: Calls = {
  encrypt: ({ kms }) =>
    kms.send(
      new EncryptCommand({
        KeyId: bundle.keyArn,
        Plaintext: Buffer.alloc(60),
        EncryptionContext: bundle.context,
      }),
    ),
};
const decrypt: Calls = {
  decrypt: ({ kms }) =>
    kms.send(
      new DecryptCommand({ KeyId: bundle.keyArn, CiphertextBlob: bundle.wrapped, EncryptionContext: bundle.context }),
    ),
};
const useInOtherWays: Calls = {
  'decrypt without naming the key': ({ kms }) =>
    kms.send(new DecryptCommand({ CiphertextBlob: bundle.wrapped, EncryptionContext: bundle.context })),
  'a data key': ({ kms }) => kms.send(new GenerateDataKeyCommand({ KeyId: bundle.keyArn, KeySpec: 'AES_256' })),
};
const reEncrypt: Calls = {
  're-encrypt': ({ kms }) =>
    kms.send(new ReEncryptCommand({ CiphertextBlob: bundle.wrapped, DestinationKeyId: bundle.keyArn })),
};
const changeKey: Calls = {
  'put a policy': ({ kms }) =>
    kms.send(new PutKeyPolicyCommand({ KeyId: bundle.keyArn, Policy: '{"Version":"2012-10-17","Statement":[]}' })),
  'create a grant': ({ kms }) =>
    kms.send(
      new CreateGrantCommand({
        KeyId: bundle.keyArn,
        GranteePrincipal: 'arn:aws:iam::000000000000:root',
        Operations: ['Decrypt'],
      }),
    ),
  'disable a key': ({ kms }) => kms.send(new DisableKeyCommand({ KeyId: bundle.keyArn })),
};
const deleteKey: Calls = {
  'delete a key': ({ kms }) =>
    kms.send(new ScheduleKeyDeletionCommand({ KeyId: bundle.keyArn, PendingWindowInDays: 7 })),
};
const createKey: Calls = { 'create a key': ({ kms }) => kms.send(new CreateKeyCommand({})) };

function readsOf(table: 'vault' | 'ring', keyOf: () => Item): Calls {
  const TableName = () => inject('vault').tables[table];
  const values = () => ({ ':pk': keyOf().pk });
  return {
    get: (as) => as.documents.send(new GetCommand({ TableName: TableName(), Key: keyOf() })),
    'get many': (as) =>
      as.documents.send(new BatchGetCommand({ RequestItems: { [TableName()]: { Keys: [keyOf()] } } })),
    'get in a transaction': (as) =>
      as.documents.send(new TransactGetCommand({ TransactItems: [{ Get: { TableName: TableName(), Key: keyOf() } }] })),
    query: (as) =>
      as.documents.send(
        new QueryCommand({
          TableName: TableName(),
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: values(),
        }),
      ),
    scan: (as) => as.documents.send(new ScanCommand({ TableName: TableName(), Limit: 1 })),
    select: (as) =>
      as.documents.send(
        new ExecuteStatementCommand({
          Statement: `SELECT * FROM "${TableName()}" WHERE pk = ?`,
          Parameters: [keyOf().pk],
        }),
      ),
  };
}

/** Writes that hurt nothing if they are let through: the item does not exist. */
function writesOf(table: 'vault' | 'ring'): Calls {
  const TableName = () => inject('vault').tables[table];
  const Key = { pk: 'taken-over#AAAAAAAAAAA', sk: 'nothing' };
  return {
    put: (as) => as.documents.send(new PutCommand({ TableName: TableName(), Item: Key })),
    update: (as) =>
      as.documents.send(
        new UpdateCommand({
          TableName: TableName(),
          Key,
          UpdateExpression: 'SET a = :a',
          ExpressionAttributeValues: { ':a': 1 },
        }),
      ),
    delete: (as) => as.documents.send(new DeleteCommand({ TableName: TableName(), Key })),
    'put many': (as) =>
      as.documents.send(new BatchWriteCommand({ RequestItems: { [TableName()]: [{ PutRequest: { Item: Key } }] } })),
    'put in a transaction': (as) =>
      as.documents.send(new TransactWriteCommand({ TransactItems: [{ Put: { TableName: TableName(), Item: Key } }] })),
    insert: (as) =>
      as.documents.send(
        new ExecuteStatementCommand({
          Statement: `INSERT INTO "${TableName()}" VALUE {'pk': 'taken-over', 'sk': 'x'}`,
        }),
      ),
  };
}

const readVault = readsOf('vault', () => bundle.key);
const readRing = readsOf('ring', () => ({ pk: 'shop', sk: 'settings' }));
const writeVault = writesOf('vault');
const writeRing = writesOf('ring');

function invoke(operation: string, alias: string): Calls {
  const FunctionName = () => present(inject('vault').functions[operation]).replace(/:direct$/, `:${alias}`);
  return {
    [`${operation}:${alias}`]: ({ lambda }) =>
      lambda.send(new InvokeCommand({ FunctionName: FunctionName(), Payload: '{}' })),
  };
}

/** All of these calls, and that each of them is denied. */
async function expectDenied(entry: string, ...groups: Calls[]): Promise<void> {
  const calls: Calls = Object.assign({}, ...groups);
  expect(await outcomes(entry, calls)).toEqual(every(calls, 'denied'));
}

const only = (calls: Calls, ...names: string[]): Calls =>
  Object.fromEntries(Object.entries(calls).filter(([name]) => names.includes(name)));
const without = (calls: Calls, ...names: string[]): Calls =>
  Object.fromEntries(Object.entries(calls).filter(([name]) => !names.includes(name)));

describe('the role of encrypt', () => {
  test('encrypts, and does not decrypt', async () => {
    expect(await outcomes('encrypt', { ...encrypt, ...decrypt })).toEqual({ encrypt: 'done', decrypt: 'denied' });
  });

  test('puts into the vault table, and neither reads it nor changes what is there', async () => {
    const Key = { pk: 'taken-over#AAAAAAAAAAA', sk: 'put-by-encrypt' };
    const put: Calls = {
      put: (as) => as.documents.send(new PutCommand({ TableName: inject('vault').tables.vault, Item: Key })),
    };
    expect(await outcomes('encrypt', put)).toEqual({ put: 'done' });
    await expectDenied('encrypt', readVault);
    await expectDenied('encrypt', only(writeVault, 'update', 'delete'));
    await documents().send(new DeleteCommand({ TableName: inject('vault').tables.vault, Key }));
  });
});

describe('the role of decrypt', () => {
  test('decrypts, and does not encrypt', async () => {
    expect(await outcomes('decrypt', { ...encrypt, ...decrypt })).toEqual({ encrypt: 'denied', decrypt: 'done' });
  });

  test('gets bundles whose IDs it has, and cannot look for others', async () => {
    expect(await outcomes('decrypt', only(readVault, 'get many'))).toEqual({ 'get many': 'done' });
    await expectDenied('decrypt', only(readVault, 'query', 'scan', 'select'));
  });

  test('neither writes nor deletes in the vault table', async () => {
    await expectDenied('decrypt', writeVault);
  });
});

describe.each(['erase', 'sweep'])('the role of %s', (entry) => {
  test('neither encrypts nor decrypts', async () => {
    await expectDenied(entry, encrypt, decrypt, useInOtherWays);
  });
});

describe('the role of the authorizer', () => {
  test('reads the ring', async () => {
    expect(await outcomes('authorizer', only(readRing, 'get', 'query'))).toEqual({ get: 'done', query: 'done' });
  });

  test('does nothing else', async () => {
    await expectDenied('authorizer', without(readRing, 'get', 'query', 'get in a transaction'), writeRing);
    await expectDenied('authorizer', readVault);
    await expectDenied('authorizer', writeVault);
    await expectDenied('authorizer', encrypt, decrypt, useInOtherWays, changeKey, deleteKey, createKey);
    await expectDenied('authorizer', invoke('encrypt', 'canary'), invoke('decrypt', 'direct'));
  });
});

describe('the role of rotate', () => {
  test('neither encrypts nor decrypts', async () => {
    await expectDenied('rotate-kek', encrypt, decrypt, useInOtherWays, reEncrypt);
  });

  test('neither puts a key policy nor creates a grant', async () => {
    await expectDenied('rotate-kek', changeKey);
  });

  test('does not delete a key before its end', async () => {
    await expectDenied('rotate-kek', deleteKey);
  });

  test('neither reads nor writes bundles', async () => {
    await expectDenied('rotate-kek', readVault);
    await expectDenied('rotate-kek', writeVault);
  });

  test('asks for a canary, and for nothing that a caller may ask', async () => {
    const canaries = { ...invoke('encrypt', 'canary'), ...invoke('decrypt', 'canary') };
    expect(await outcomes('rotate-kek', canaries)).toEqual(every(canaries, 'done'));
    const others = ['direct', 'rest'].flatMap((alias) => [invoke('encrypt', alias), invoke('decrypt', alias)]);
    await expectDenied('rotate-kek', ...others);
  });
});

describe('the role of configure-app', () => {
  test('neither encrypts, nor decrypts, nor sees a bundle', async () => {
    await expectDenied('configure-app', encrypt, decrypt, useInOtherWays, reEncrypt);
    await expectDenied('configure-app', readVault);
    await expectDenied('configure-app', writeVault);
  });
});

describe('no role of the request path', () => {
  test.each(REQUEST_PATH)('writes the ring: %s', async (entry) => {
    await expectDenied(entry, writeRing);
  });

  test.each(REQUEST_PATH)('makes, changes or deletes a key: %s', async (entry) => {
    await expectDenied(entry, createKey, changeKey, deleteKey);
  });

  test.each(REQUEST_PATH)('invokes a function: %s', async (entry) => {
    const aliases = ['direct', 'rest', 'canary'];
    await expectDenied(entry, ...aliases.flatMap((alias) => [invoke('encrypt', alias), invoke('decrypt', alias)]));
  });
});

test('nothing that was tried has hurt a value', async () => {
  expect((await opened({ value: bundle.token })).value).toMatchObject({ status: 'ok', value: 'x' });
});
