// Sign-ins, sessions and the count of reveals in the Console's table.

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { SESSION_S } from '../../vault/domain/console/session.ts';
import type { ConsoleSessions, PendingLogin, RevealLimit, Session } from '../../vault/ports/console-sessions.ts';
import { conditionHeld, deleteItem, getItem, type ItemKey, putItem, takeItem, updateItem } from './calls.ts';
import { dueNote } from './console-item.ts';

const LOGIN_ROW = 'login';
const SESSION_ROW = 'session';
const COUNT_ROW = 'reveals';
/** How long the count of a minute is kept, in seconds. */
const COUNT_LIFE_S = 300;

/** {@link ConsoleSessions}. Needs `GetItem`, `PutItem` and `DeleteItem`. */
export function dynamoConsoleSessions(documents: DynamoDBDocumentClient, table: string): ConsoleSessions {
  const keyOf = (kind: string, hash: string): ItemKey => ({ pk: `${kind}#${hash}`, sk: kind });
  const put = (kind: string, hash: string, value: PendingLogin | Session, expiresAt: number, condition?: string) =>
    putItem(documents, `keep a ${kind}`, {
      TableName: table,
      Item: { ...keyOf(kind, hash), expiresAt, value: JSON.stringify(value) },
      ConditionExpression: condition,
    });
  const noteEnd = (kind: string, hash: string, endsAtS: number) =>
    putItem(documents, `keep a ${kind}`, { TableName: table, Item: dueNote(keyOf(kind, hash), endsAtS, hash) });
  return {
    async keepLogin(hash, login, endsAtS) {
      await noteEnd(LOGIN_ROW, hash, endsAtS);
      await put(LOGIN_ROW, hash, login, endsAtS);
    },
    async takeLogin(hash) {
      // A callback that is sent twice finds nothing.
      const item = await takeItem(documents, 'take a login', { TableName: table, Key: keyOf(LOGIN_ROW, hash) });
      if (item === undefined) return undefined;
      return { ...(JSON.parse(String(item.value)) as PendingLogin), endsAtS: Number(item.expiresAt) };
    },
    async keep(hash, session, endsAtS) {
      // Use makes it end later, but never after this.
      await noteEnd(SESSION_ROW, hash, session.startedAtS + SESSION_S);
      await put(SESSION_ROW, hash, session, endsAtS);
    },
    async touch(hash, session, endsAtS) {
      await conditionHeld(put(SESSION_ROW, hash, session, endsAtS, 'attribute_exists(pk)'));
    },
    async find(hash) {
      const item = await getItem(documents, 'find a session', { TableName: table, Key: keyOf(SESSION_ROW, hash) });
      return item && (JSON.parse(String(item.value)) as Session);
    },
    async remove(hash) {
      await deleteItem(documents, 'end a session', { TableName: table, Key: keyOf(SESSION_ROW, hash) });
    },
  };
}

/** A {@link RevealLimit}. Needs only `UpdateItem`. */
export function dynamoRevealLimit(documents: DynamoDBDocumentClient, table: string): RevealLimit {
  return {
    async take(minute, max) {
      const count = updateItem(documents, 'count a reveal', {
        TableName: table,
        Key: { pk: `${COUNT_ROW}#${minute}`, sk: COUNT_ROW },
        UpdateExpression: 'ADD taken :one SET expiresAt = :end',
        ConditionExpression: 'attribute_not_exists(taken) OR taken < :max',
        // It holds a number and no more, so its end is left to DynamoDB's TTL.
        ExpressionAttributeValues: { ':one': 1, ':max': max, ':end': minute * 60 + COUNT_LIFE_S },
      });
      return await conditionHeld(count);
    },
  };
}
