// Changes the key ring in DynamoDB. Each change of a slot is one update under a condition, so of two writers one loses.

import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { isDaykeyError } from '../../vault/domain/errors.ts';
import type { AppSettings } from '../../vault/domain/settings.ts';
import type { KeyRingWriter } from '../../vault/ports/key-ring.ts';
import { translating } from '../aws/errors.ts';
import { dynamoKeyRing, dynamoKeyRings } from './key-ring.ts';
import { dateAttributes, readSlot, settingsRow } from './ring-row.ts';
import { slotSortKey } from './slot-sort-key.ts';
import { roleRows } from './trusted-roles.ts';

type Row = Record<string, unknown>;
type Change = Pick<UpdateCommandInput, 'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeValues'>;

const CONFLICT = { ConditionalCheckFailedException: 'conflict' } as const;

/** A {@link KeyRingWriter} on the ring table. Needs `Query`, `Scan`, `PutItem`, `UpdateItem` and `DeleteItem`. */
export function dynamoKeyRingWriter(documents: DynamoDBDocumentClient, table: string): KeyRingWriter {
  const { read } = dynamoKeyRing(documents, table);

  /** `#state` stands for the attribute `state`, which is a reserved word. */
  async function change(what: string, app: string, slot: number, expressions: Change): Promise<Row | undefined> {
    const update = new UpdateCommand({
      TableName: table,
      Key: { pk: app, sk: slotSortKey(slot) },
      ExpressionAttributeNames: { '#state': 'state' },
      ReturnValues: 'ALL_NEW',
      ...expressions,
    });
    const { Attributes } = await translating(what, CONFLICT, () => documents.send(update));
    return Attributes;
  }

  async function put(Item: Row): Promise<void> {
    const command = new PutCommand({ TableName: table, Item });
    await translating('store the settings of an app', {}, () => documents.send(command));
  }

  async function remove(Key: Row): Promise<void> {
    const command = new DeleteCommand({ TableName: table, Key });
    await translating('remove a role of an app', {}, () => documents.send(command));
  }

  /** The settings that are about to be replaced; `undefined` when there are none that can be read. */
  async function currentSettings(app: string): Promise<AppSettings | undefined> {
    try {
      return (await read(app))?.settings;
    } catch (error) {
      if (!isDaykeyError(error, 'settings-unreadable')) throw error;
      return undefined;
    }
  }

  return {
    read,
    all: dynamoKeyRings(documents, table),

    async configure(settings) {
      // Checked first: settings that cannot be read back would take the app down.
      const row = settingsRow(settings);
      const before = await currentSettings(settings.app);
      const roles = roleRows(settings);
      // New roles before the settings, old roles after them: a role that the settings trust is always found, and a row that
      // a crash leaves behind grants nothing.
      await Promise.all(roles.map(put));
      await put(row);
      const kept = new Set(roles.map(({ pk }) => pk));
      const stale = before ? roleRows(before).filter(({ pk }) => !kept.has(pk)) : [];
      await Promise.all(stale.map(({ pk, sk }) => remove({ pk, sk })));
    },

    async claim(app, dates, lease, nowS) {
      const attributes = Object.entries(dateAttributes(dates));
      // A slot that is taken over keeps its dates: the policy of its key may contain them already.
      const keepDates = attributes.map(([name]) => `${name} = if_not_exists(${name}, :${name})`).join(', ');
      const row = await change('claim a slot', app, dates.slot, {
        UpdateExpression: `SET #state = if_not_exists(#state, :claimed), leaseOwner = :owner, leaseUntil = :until, ${keepDates}`,
        ConditionExpression:
          'attribute_not_exists(pk) OR (#state IN (:claimed, :created) AND (leaseUntil <= :now OR leaseOwner = :owner))',
        ExpressionAttributeValues: {
          ...Object.fromEntries(attributes.map(([name, value]) => [`:${name}`, value])),
          ':claimed': 'claimed',
          ':created': 'created',
          ':owner': lease.owner,
          ':until': lease.untilS,
          ':now': nowS,
        },
      });
      const slot = row && readSlot(row);
      if (slot === undefined) throw new Error('the claimed slot is malformed');
      return slot;
    },

    async recordKey(app, slot, owner, { arn, ignoresContext = false }, tagSalt) {
      await change('record the key of a slot', app, slot, {
        UpdateExpression: 'SET #state = :created, keyArn = :arn, tagSalt = :salt, ignoresContext = :ignoresContext',
        // The second half accepts a request that the SDK repeats because the first answer got lost.
        ConditionExpression: 'leaseOwner = :owner AND (#state = :claimed OR (#state = :created AND keyArn = :arn))',
        ExpressionAttributeValues: {
          ':claimed': 'claimed',
          ':created': 'created',
          ':owner': owner,
          ':arn': arn,
          ':salt': tagSalt,
          ':ignoresContext': ignoresContext,
        },
      });
    },

    async markReady(app, slot, owner) {
      await change('mark a slot as ready', app, slot, {
        UpdateExpression: 'SET #state = :ready REMOVE leaseOwner, leaseUntil',
        ConditionExpression: 'leaseOwner = :owner AND #state = :created',
        ExpressionAttributeValues: { ':ready': 'ready', ':created': 'created', ':owner': owner },
      });
    },

    async markLost(app, slot) {
      await change('mark a slot as lost', app, slot, {
        UpdateExpression: 'SET #state = :lost',
        ConditionExpression: '#state = :ready',
        ExpressionAttributeValues: { ':lost': 'lost', ':ready': 'ready' },
      });
    },

    async markDestroyed(app, slot) {
      await change('mark a key as destroyed', app, slot, {
        UpdateExpression: 'SET #state = :destroyed REMOVE tagSalt, leaseOwner, leaseUntil',
        ConditionExpression: 'attribute_exists(keyArn)',
        ExpressionAttributeValues: { ':destroyed': 'destroyed' },
      });
    },

    async forget(app, slot, nowS) {
      const command = new DeleteCommand({
        TableName: table,
        Key: { pk: app, sk: slotSortKey(slot) },
        ConditionExpression:
          'attribute_not_exists(pk) OR #state = :destroyed OR (#state = :claimed AND leaseUntil <= :now)',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':destroyed': 'destroyed', ':claimed': 'claimed', ':now': nowS },
      });
      await translating('forget a slot', CONFLICT, () => documents.send(command));
    },
  };
}
