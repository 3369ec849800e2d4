// The key ring in DynamoDB: an app's settings and slots share a partition, so one Query reads them all.

import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  paginateQuery,
  paginateScan,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { type DaykeyError, isDaykeyError } from '../../vault/domain/errors.ts';
import type { AppRing } from '../../vault/domain/kek-life/ring.ts';
import type { KeyRing, KeyRingWriter } from '../../vault/ports/key-ring.ts';
import { translating } from '../aws/errors.ts';
import { dateAttributesOf, ringOf, settingsRow, slotOf, slotRowOf } from './ring-row.ts';
import { roleItemsOf } from './trusted-roles.ts';

type Row = Record<string, unknown>;
type Change = Pick<UpdateCommandInput, 'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeValues'>;

const CONFLICT = { ConditionalCheckFailedException: 'conflict' } as const;

/** A {@link KeyRing} on the ring table. Needs `Query`, nothing more. */
export function dynamoKeyRing(documents: DynamoDBDocumentClient, table: string): KeyRing {
  return {
    async read(app) {
      const pages = paginateQuery(
        { client: documents },
        {
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :app',
          ExpressionAttributeValues: { ':app': app },
        },
      );
      const rows: Row[] = [];
      await translating('read the key ring', {}, async () => {
        for await (const { Items = [] } of pages) rows.push(...Items);
      });
      return ringOf(rows);
    },
  };
}

/** A {@link KeyRingWriter} on the ring table. Needs `Query`, `Scan`, `PutItem`, `UpdateItem` and `DeleteItem`. */
export function dynamoKeyRingWriter(documents: DynamoDBDocumentClient, table: string): KeyRingWriter {
  /** `#state` stands for the attribute: STATE is a reserved word. */
  async function change(what: string, app: string, slot: number, change: Change): Promise<Row | undefined> {
    const update = new UpdateCommand({
      TableName: table,
      Key: { pk: app, sk: slotRowOf(slot) },
      ExpressionAttributeNames: { '#state': 'state' },
      ReturnValues: 'ALL_NEW',
      ...change,
    });
    const { Attributes } = await translating(what, CONFLICT, () => documents.send(update));
    return Attributes;
  }

  const ring = dynamoKeyRing(documents, table);
  return {
    ...ring,

    // Held in memory as a whole: nothing promises that a Scan gives the rows of one app next to each other.
    // 10,000 apps of five rows are some 20 MB.
    async *all(onUnreadable) {
      const rows = new Map<unknown, Row[]>();
      await translating('read every key ring', {}, async () => {
        for await (const { Items = [] } of paginateScan(
          { client: documents },
          { TableName: table, ConsistentRead: true },
        )) {
          // Tokens and roles lie beside the apps; only they have a `#` in their names.
          for (const row of Items) {
            if (!String(row.pk).includes('#')) rows.set(row.pk, [...(rows.get(row.pk) ?? []), row]);
          }
        }
      });
      for (const ofOneApp of rows.values()) {
        const found = readable(() => ringOf(ofOneApp), onUnreadable);
        if (found) yield found;
      }
    },

    async configure(settings) {
      // What could not be read back would take the app down, so it is never stored.
      const row = settingsRow(settings);
      // Settings that cannot be read are replaced. Rows of their roles may stay behind, and grant nothing.
      const before = await ring.read(settings.app).catch((error: unknown) => {
        if (!isDaykeyError(error, 'settings-unreadable')) throw error;
      });
      const put = (Item: Row) =>
        translating('store the settings of an app', {}, () =>
          documents.send(new PutCommand({ TableName: table, Item })),
        );
      // Roles first and last: whoever the settings trust is found, and what is left over after a crash grants nothing.
      const roles = roleItemsOf(settings);
      await Promise.all(roles.map(put));
      await put(row);
      const kept = new Set(roles.map(({ pk }) => pk));
      const stale = before ? roleItemsOf(before.settings).filter(({ pk }) => !kept.has(pk)) : [];
      await Promise.all(
        stale.map(({ pk, sk }) => {
          const remove = new DeleteCommand({ TableName: table, Key: { pk, sk } });
          return translating('forget a role of an app', {}, () => documents.send(remove));
        }),
      );
    },

    async claim(app, dates, lease, nowS) {
      const attributes = Object.entries(dateAttributesOf(dates));
      // Whoever takes a slot over keeps its dates: the policy of its key may hold them already.
      const keepDates = attributes.map(([name]) => `${name} = if_not_exists(${name}, :${name})`).join(', ');
      const row = await change('claim a slot', app, dates.slot, {
        UpdateExpression: `SET #state = if_not_exists(#state, :claimed), leaseOwner = :owner, leaseUntil = :until, ${keepDates}`,
        ConditionExpression:
          'attribute_not_exists(pk) OR (#state IN (:claimed, :created) AND (leaseUntil <= :now OR leaseOwner = :owner))',
        ExpressionAttributeValues: {
          ...Object.fromEntries(attributes.map(([name, value]) => [`:${name}`, value])),
          ...{ ':claimed': 'claimed', ':created': 'created' },
          ...{ ':owner': lease.owner, ':until': lease.untilS, ':now': nowS },
        },
      });
      const slot = row && slotOf(row);
      if (slot === undefined) throw new Error('the claimed slot is malformed');
      return slot;
    },

    async recordKey(app, slot, owner, keyArn, tagSalt) {
      await change('record the key of a slot', app, slot, {
        UpdateExpression: 'SET #state = :created, keyArn = :arn, tagSalt = :salt',
        // The second half lets a repeated request pass whose first answer got lost.
        ConditionExpression: 'leaseOwner = :owner AND (#state = :claimed OR (#state = :created AND keyArn = :arn))',
        ExpressionAttributeValues: {
          ...{ ':claimed': 'claimed', ':created': 'created' },
          ...{ ':owner': owner, ':arn': keyArn, ':salt': tagSalt },
        },
      });
    },

    async markReady(app, slot, owner) {
      await change('declare a slot ready', app, slot, {
        UpdateExpression: 'SET #state = :ready REMOVE leaseOwner, leaseUntil',
        ConditionExpression: 'leaseOwner = :owner AND #state = :created',
        ExpressionAttributeValues: { ':ready': 'ready', ':created': 'created', ':owner': owner },
      });
    },

    async markLost(app, slot) {
      await change('declare a slot lost', app, slot, {
        UpdateExpression: 'SET #state = :lost',
        ConditionExpression: '#state = :ready',
        ExpressionAttributeValues: { ':lost': 'lost', ':ready': 'ready' },
      });
    },

    async markDestroyed(app, slot) {
      await change('declare a key destroyed', app, slot, {
        UpdateExpression: 'SET #state = :destroyed REMOVE tagSalt, leaseOwner, leaseUntil',
        ConditionExpression: 'attribute_exists(keyArn)',
        ExpressionAttributeValues: { ':destroyed': 'destroyed' },
      });
    },

    async forget(app, slot, nowS) {
      const remove = new DeleteCommand({
        TableName: table,
        Key: { pk: app, sk: slotRowOf(slot) },
        ConditionExpression:
          'attribute_not_exists(pk) OR #state = :destroyed OR (#state = :claimed AND leaseUntil <= :now)',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':destroyed': 'destroyed', ':claimed': 'claimed', ':now': nowS },
      });
      await translating('forget a slot', CONFLICT, () => documents.send(remove));
    },
  };
}

function readable(
  read: () => AppRing | undefined,
  onUnreadable: ((error: DaykeyError) => void) | undefined,
): AppRing | undefined {
  try {
    return read();
  } catch (error) {
    if (!isDaykeyError(error, 'settings-unreadable')) throw error;
    onUnreadable?.(error);
    return undefined;
  }
}
