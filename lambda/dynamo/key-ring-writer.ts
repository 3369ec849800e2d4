// Changes the key ring in DynamoDB. Each change of a slot is one update under a condition, so of two writers one loses.

import { randomUUID } from 'node:crypto';
import type { DynamoDBDocumentClient, UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { type AppRecord, needsSecret, newRecord } from '../../vault/domain/app-record.ts';
import { isDaykeyError } from '../../vault/domain/errors.ts';
import type { KeyHolder } from '../../vault/domain/kek-life/holder.ts';
import { SLOT_STATES } from '../../vault/domain/kek-life/ring.ts';
import { changedMembers, readRecord } from '../../vault/domain/settings/stored-record.ts';
import type { AppSecretKeeper } from '../../vault/ports/app-secrets.ts';
import type { KeyRingWriter } from '../../vault/ports/key-ring.ts';
import { deleteItem, getItem, type Item, type ItemKey, ifVersionIs, setting, updateItem } from './calls.ts';
import { dynamoKeyRing, dynamoSlotRows } from './key-ring.ts';
import { dynamoLookupRows, type LookupRow, lookupRows } from './lookup-rows.ts';
import { dynamoPlans } from './plans.ts';
import { recordKey, slotKey } from './ring-key.ts';
import { dateAttributes, readSlot } from './ring-row.ts';
import { dynamoRingRows } from './ring-rows.ts';

type Change = Pick<UpdateCommandInput, 'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeValues'>;

/**
 * A {@link KeyRingWriter} on the ring table. Needs `GetItem`, `Query`, `Scan`, `PutItem`, `UpdateItem` and `DeleteItem`.
 */
export function dynamoKeyRingWriter(
  documents: DynamoDBDocumentClient,
  table: string,
  secrets: AppSecretKeeper,
): KeyRingWriter {
  const { read, slotsOf } = dynamoKeyRing(documents, table);
  const plans = dynamoPlans(documents, table, dynamoSlotRows(documents, table));
  const lookups = dynamoLookupRows(documents, table);

  function change(what: string, holder: KeyHolder, slot: number, change: Change): Promise<Item | undefined> {
    const Key = slotKey(holder, slot);
    return updateItem(documents, what, { TableName: table, Key, ReturnValues: 'ALL_NEW', ...withStates(change) });
  }

  async function storedRecord(app: string): Promise<AppRecord | undefined> {
    const row = await getItem(documents, 'read the record of an app', { TableName: table, Key: recordKey(app) });
    return row && readRecord(app, row);
  }

  /** After a conflict: gives the rows that were put for a record the content that the stored record asks for, or removes them. */
  async function followStored(app: string, put: readonly LookupRow[]): Promise<void> {
    const stored = (await storedRecord(app)) ?? newRecord(app);
    const right = new Map(lookupRows(stored).map((row) => [keyText(row), row]));
    await lookups.put(
      put.flatMap((row) => right.get(keyText(row)) ?? []),
      stored.version,
    );
    await lookups.remove(
      put.filter((row) => !right.has(keyText(row))),
      stored.version,
    );
  }

  return {
    read,
    slotsOf,
    ...plans,
    rows: dynamoRingRows(documents, table),
    readRecord: storedRecord,

    async storeRecord(record, before) {
      const stored = { ...record, version: before.version + 1 };
      // Checked first: settings that cannot be read back would take the app down.
      const writer = randomUUID();
      const attributes = setting({ ...changedMembers(stored, before), writer });
      const isAnother =
        record.settings !== before.settings ||
        record.addedRoles !== before.addedRoles ||
        record.hasRemains !== before.hasRemains;
      const rows = isAnother ? lookupRows(stored) : [];
      // New roles and viewers before the record, old ones after it: those of the settings are always found, and a row that a
      // crash leaves behind grants nothing.
      await lookups.put(rows, stored.version);
      // Before the record, so that no app has pooled keys and no secret.
      if (isAnother && needsSecret(stored)) await secrets.makeSecret(record.app);
      const condition = ifVersionIs(before.version, writer);
      try {
        await updateItem(documents, 'store the record of an app', {
          TableName: table,
          Key: recordKey(record.app),
          UpdateExpression: attributes.UpdateExpression,
          ConditionExpression: condition.ConditionExpression,
          ExpressionAttributeValues: {
            ...attributes.ExpressionAttributeValues,
            ...condition.ExpressionAttributeValues,
          },
        });
      } catch (error) {
        if (isDaykeyError(error, 'conflict')) await followStored(record.app, rows);
        throw error;
      }
      const kept = new Set(rows.map(keyText));
      await lookups.remove(
        isAnother ? lookupRows(before).filter((row) => !kept.has(keyText(row))) : [],
        stored.version,
      );
      return stored;
    },

    async claim(holder, dates, lease, nowS) {
      const attributes = Object.entries(dateAttributes(dates));
      // A slot that is taken over keeps its dates: the policy of its key may contain them already.
      const keepDates = attributes.map(([name]) => `${name} = if_not_exists(${name}, :${name})`).join(', ');
      const row = await change('claim a slot', holder, dates.slot, {
        UpdateExpression: `SET #state = if_not_exists(#state, :claimed), leaseOwner = :owner, leaseUntil = :until, ${keepDates}`,
        ConditionExpression:
          'attribute_not_exists(pk) OR (#state IN (:claimed, :created) AND (leaseUntil <= :now OR leaseOwner = :owner))',
        ExpressionAttributeValues: {
          ...Object.fromEntries(attributes.map(([name, value]) => [`:${name}`, value])),
          ':owner': lease.owner,
          ':until': lease.untilS,
          ':now': nowS,
        },
      });
      const slot = row && readSlot(row);
      if (slot === undefined) throw new Error('the claimed slot is malformed');
      return slot;
    },

    async recordKey(holder, slot, owner, { arn, ignoresContext = false }, salt) {
      await change('record the key of a slot', holder, slot, {
        UpdateExpression: 'SET #state = :created, keyArn = :arn, salt = :salt, ignoresContext = :ignoresContext',
        // The second half accepts a request that the SDK repeats because the first answer got lost.
        ConditionExpression: 'leaseOwner = :owner AND (#state = :claimed OR (#state = :created AND keyArn = :arn))',
        ExpressionAttributeValues: {
          ':owner': owner,
          ':arn': arn,
          ':salt': salt,
          ':ignoresContext': ignoresContext,
        },
      });
    },

    async markReady(holder, slot, owner) {
      await change('mark a slot as ready', holder, slot, {
        UpdateExpression: 'SET #state = :ready REMOVE leaseOwner, leaseUntil',
        // A ready slot stays ready: another rotator was first, or the SDK repeats a request whose first answer got lost.
        ConditionExpression: '(leaseOwner = :owner AND #state = :created) OR #state = :ready',
        ExpressionAttributeValues: { ':owner': owner },
      });
    },

    async markLost(holder, slot) {
      await change('mark a slot as lost', holder, slot, {
        UpdateExpression: 'SET #state = :lost',
        ConditionExpression: '#state IN (:ready, :lost)',
      });
    },

    async markDestroyed(holder, slot, goneAtS) {
      await change('mark a key as destroyed', holder, slot, {
        UpdateExpression: `SET #state = :destroyed${goneAtS === undefined ? '' : ', goneAtS = :goneAtS'} REMOVE salt, leaseOwner, leaseUntil`,
        ConditionExpression: 'attribute_exists(keyArn)',
        ExpressionAttributeValues: goneAtS === undefined ? {} : { ':goneAtS': goneAtS },
      });
    },

    async forget(holder, slot, nowS) {
      const change = {
        ConditionExpression:
          'attribute_not_exists(pk) OR #state = :destroyed OR (#state = :claimed AND leaseUntil <= :now)',
        ExpressionAttributeValues: { ':now': nowS },
      };
      await deleteItem(documents, 'forget a slot', {
        TableName: table,
        Key: slotKey(holder, slot),
        ...withStates(change),
      });
    },
  };
}

/** In the expressions of a slot, a state stands for itself: `:ready` for `ready`. */
function withStates(change: Change): Change {
  const used = `${change.UpdateExpression} ${change.ConditionExpression}`;
  const states = SLOT_STATES.filter((state) => used.includes(`:${state}`)).map((state) => [`:${state}`, state]);
  return {
    ...change,
    ExpressionAttributeValues: { ...change.ExpressionAttributeValues, ...Object.fromEntries(states) },
  };
}

function keyText({ pk, sk }: ItemKey): string {
  return `${pk} ${sk}`;
}
