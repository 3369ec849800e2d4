// When holders of keys are due, in the ring table: a plan beside the slots of each holder, and a sparse index of dates.

import { randomUUID } from 'node:crypto';
import { type DynamoDBDocumentClient, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { dueShard } from '../../vault/domain/kek-life/due.ts';
import type { KeyHolder } from '../../vault/domain/kek-life/holder.ts';
import { AT_ONCE_S, type DueHolder, type Plans } from '../../vault/ports/key-ring.ts';
import { translating } from '../aws/errors.ts';
import { RING_TABLE } from '../config.ts';
import { PLAN_ROW, planKey, readPlan } from './plan-row.ts';
import { holderOfPartition, readSlots } from './ring-row.ts';

type Row = Readonly<Record<string, unknown>>;

/** Rows of the index that one query reads. They are worked on before the next are read. */
export const DUE_AT_ONCE = 250;

const CONFLICT = { ConditionalCheckFailedException: 'conflict' } as const;
const NAMES = { '#due': RING_TABLE.dueShard, '#dueAt': RING_TABLE.dueAt };

/**
 * {@link Plans} on the ring table. Needs `Query` on the index of dates, and `UpdateItem` on partitions of slots.
 *
 * @param partitionRows reads slots and plan of a holder consistently.
 */
export function dynamoPlans(
  documents: DynamoDBDocumentClient,
  table: string,
  partitionRows: (holder: KeyHolder) => Promise<readonly Row[]>,
): Plans {
  return {
    async *due(shard, nowS) {
      const pages = paginateQuery(
        { client: documents, pageSize: DUE_AT_ONCE },
        {
          TableName: table,
          IndexName: RING_TABLE.dueIndex,
          KeyConditionExpression: '#due = :shard AND #dueAt <= :now',
          ExpressionAttributeNames: NAMES,
          ExpressionAttributeValues: { ':shard': String(shard), ':now': nowS },
        },
      );
      const iterator = pages[Symbol.asyncIterator]();
      for (;;) {
        // Only the query is translated: what the rotator throws while it works on a page stays as it is.
        const { value, done } = await translating('read which keys are due', {}, () => iterator.next());
        if (done) return;
        const holders = (value.Items ?? []).map(dueHolder).filter((due) => due !== undefined);
        if (holders.length > 0) yield holders;
      }
    },

    async planned(holder) {
      const rows = await partitionRows(holder);
      const plan = rows.find(({ sk }) => sk === PLAN_ROW);
      return plan && { ...readPlan(holder, plan), slots: readSlots(rows) };
    },

    async plan({ holder, life, retired }) {
      const update = new UpdateCommand({
        TableName: table,
        Key: planKey(holder),
        UpdateExpression: 'SET #due = :shard, #dueAt = :atOnce, life = :life, retired = :retired, revision = :revision',
        ExpressionAttributeNames: NAMES,
        ExpressionAttributeValues: {
          ':shard': String(dueShard(holder)),
          ':atOnce': AT_ONCE_S,
          ':life': life,
          ':retired': retired,
          ':revision': randomUUID(),
        },
      });
      await translating('plan keys', {}, () => documents.send(update));
    },

    async planNext({ holder, revision }, dueAtS) {
      const isDueAgain = dueAtS !== undefined;
      const update = new UpdateCommand({
        TableName: table,
        Key: planKey(holder),
        UpdateExpression: isDueAgain ? 'SET #due = :shard, #dueAt = :dueAt' : 'REMOVE #due, #dueAt',
        ConditionExpression: 'revision = :revision',
        ExpressionAttributeNames: NAMES,
        ExpressionAttributeValues: {
          ':revision': revision,
          ...(isDueAgain ? { ':shard': String(dueShard(holder)), ':dueAt': dueAtS } : {}),
        },
      });
      await translating('plan the next look at keys', CONFLICT, () => documents.send(update));
    },
  };
}

/** An entry of the index; `undefined` for one that is not of a plan. */
function dueHolder({ pk, sk, dueAtS }: Row): DueHolder | undefined {
  const holder = holderOfPartition(pk);
  return holder && sk === PLAN_ROW && typeof dueAtS === 'number' ? { holder, dueAtS } : undefined;
}
