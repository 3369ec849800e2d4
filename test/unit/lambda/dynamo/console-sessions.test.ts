import { beforeEach, expect, test } from 'vitest';
import { dynamoConsoleSessions, dynamoRevealLimit } from '../../../../lambda/dynamo/console-sessions.ts';
import type { Session } from '../../../../vault/ports/console-sessions.ts';
import { fakeTables, type TestTable } from '../../../support/contracts/on-dynamo.ts';

const SESSION: Session = {
  person: { subject: 'person-17', name: 'ada@example.org' },
  apps: ['shop'],
  csrf: 'token',
  startedAtS: 1000,
  seenAtS: 1000,
};

let it: TestTable;
beforeEach(async () => {
  it = await fakeTables().add();
});
const sessions = () => dynamoConsoleSessions(it.documents, it.table);

test('a sign-in is taken once, by the hash of its cookie', async () => {
  const login = { state: 's', nonce: 'n', verifier: 'v' };
  await sessions().keepLogin('hash', login, 2000);
  expect(await sessions().takeLogin('another')).toBeUndefined();
  expect(await sessions().takeLogin('hash')).toEqual({ ...login, endsAtS: 2000 });
  expect(await sessions().takeLogin('hash')).toBeUndefined();
});

test('a session is found until it is removed, and touching it does not bring it back', async () => {
  await sessions().keep('hash', SESSION, 2000);
  await sessions().touch('hash', { ...SESSION, seenAtS: 1500 }, 2500);
  expect(await sessions().find('hash')).toEqual({ ...SESSION, seenAtS: 1500 });
  await sessions().remove('hash');
  await sessions().touch('hash', SESSION, 2000);
  expect(await sessions().find('hash')).toBeUndefined();
});

test('reveals are counted by the minute', async () => {
  const limit = dynamoRevealLimit(it.documents, it.table);
  const taken = [await limit.take(1, 2), await limit.take(1, 2), await limit.take(1, 2), await limit.take(2, 2)];
  expect(taken).toEqual([true, true, false, true]);
});
