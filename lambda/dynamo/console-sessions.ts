// Sign-ins, sessions and the count of reveals in the Console's table.

import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { SESSION_S } from '../../vault/domain/console/session.ts';
import type { ConsoleSessions, PendingLogin, RevealLimit, Session } from '../../vault/ports/console-sessions.ts';
import { conditionHolds, translating } from '../aws/errors.ts';
import { dueNote } from './console-item.ts';
import { takeItem } from './take.ts';

const LOGIN_ROW = 'login';
const SESSION_ROW = 'session';
const COUNT_ROW = 'reveals';
/** How long the count of a minute is kept, in seconds. */
const COUNT_LIFE_S = 300;

/** {@link ConsoleSessions}. Needs `GetItem`, `PutItem` and `DeleteItem`. */
export function dynamoConsoleSessions(documents: DynamoDBDocumentClient, table: string): ConsoleSessions {
  const keyOf = (kind: string, hash: string) => ({ pk: `${kind}#${hash}`, sk: kind });
  const put = (kind: string, hash: string, value: PendingLogin | Session, expiresAt: number, condition?: string) =>
    documents.send(
      new PutCommand({
        TableName: table,
        Item: { ...keyOf(kind, hash), expiresAt, value: JSON.stringify(value) },
        ConditionExpression: condition,
      }),
    );
  const noteEnd = (kind: string, hash: string, endsAtS: number) =>
    documents.send(new PutCommand({ TableName: table, Item: dueNote(keyOf(kind, hash), endsAtS, hash) }));
  return {
    async keepLogin(hash, login, endsAtS) {
      await translating('keep a sign-in', {}, async () => {
        await noteEnd(LOGIN_ROW, hash, endsAtS);
        await put(LOGIN_ROW, hash, login, endsAtS);
      });
    },
    async takeLogin(hash) {
      // A callback that is sent twice finds nothing.
      const take = { TableName: table, Key: keyOf(LOGIN_ROW, hash) };
      const item = await translating('take a sign-in', {}, () => takeItem(documents, take));
      if (item === undefined) return undefined;
      const { state, nonce, verifier } = JSON.parse(String(item.value)) as PendingLogin;
      return { state, nonce, verifier, endsAtS: Number(item.expiresAt) };
    },
    async keep(hash, session, endsAtS) {
      await translating('keep a session', {}, async () => {
        // Use makes it end later, but never after this.
        await noteEnd(SESSION_ROW, hash, session.startedAtS + SESSION_S);
        await put(SESSION_ROW, hash, session, endsAtS);
      });
    },
    async touch(hash, session, endsAtS) {
      const replace = () => put(SESSION_ROW, hash, session, endsAtS, 'attribute_exists(pk)');
      await translating('keep a session', {}, () => conditionHolds(replace));
    },
    async find(hash) {
      const get = new GetCommand({ TableName: table, Key: keyOf(SESSION_ROW, hash), ConsistentRead: true });
      const { Item } = await translating('find a session', {}, () => documents.send(get));
      return Item && (JSON.parse(String(Item.value)) as Session);
    },
    async remove(hash) {
      const remove = new DeleteCommand({ TableName: table, Key: keyOf(SESSION_ROW, hash) });
      await translating('end a session', {}, () => documents.send(remove));
    },
  };
}

/** A {@link RevealLimit}. Needs only `UpdateItem`. */
export function dynamoRevealLimit(documents: DynamoDBDocumentClient, table: string): RevealLimit {
  return {
    async take(minute, max) {
      const count = new UpdateCommand({
        TableName: table,
        Key: { pk: `${COUNT_ROW}#${minute}`, sk: COUNT_ROW },
        UpdateExpression: 'ADD taken :one SET expiresAt = :end',
        ConditionExpression: 'attribute_not_exists(taken) OR taken < :max',
        // It holds a number and no more, so its end is left to DynamoDB's TTL.
        ExpressionAttributeValues: { ':one': 1, ':max': max, ':end': minute * 60 + COUNT_LIFE_S },
      });
      return await translating('count a reveal', {}, () => conditionHolds(() => documents.send(count)));
    },
  };
}
