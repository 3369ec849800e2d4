// When holders of keys are due, in the ring table: a plan beside the slots of each holder, and a sparse index of dates.

import { randomUUID } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dueShard } from '../../vault/domain/kek-life/due.ts';
import type { KeyHolder } from '../../vault/domain/kek-life/holder.ts';
import { AT_ONCE_S, type DueHolder, type Plans } from '../../vault/ports/key-ring.ts';
import { RING_TABLE } from '../config.ts';
import { type Item, queryPages, setting, updateItem } from './calls.ts';
import { PLAN_ROW, planKey, readPlan } from './plan-row.ts';
import { holderOfPartition, readSlots } from './ring-row.ts';

/** Rows of the index that one query reads. They are worked on before the next are read. */
export const DUE_AT_ONCE = 250;

const { dueShard: SHARD, dueAt: DUE_AT } = RING_TABLE;
/** Takes a plan out of the index. */
const REMOVAL = { UpdateExpression: `REMOVE #${SHARD}, #${DUE_AT}`, ExpressionAttributeValues: {} };

/**
 * {@link Plans} on the ring table. Needs `Query` on the index of dates, and `UpdateItem` on partitions of slots.
 *
 * @param partitionRows reads slots and plan of a holder consistently.
 */
export function dynamoPlans(
  documents: DynamoDBDocumentClient,
  table: string,
  partitionRows: (holder: KeyHolder) => Promise<readonly Item[]>,
): Plans {
  return {
    async *due(shard, nowS) {
      const query = {
        TableName: table,
        IndexName: RING_TABLE.dueIndex,
        KeyConditionExpression: `#${SHARD} = :shard AND #${DUE_AT} <= :now`,
        ExpressionAttributeValues: { ':shard': String(shard), ':now': nowS },
      };
      for await (const page of queryPages(documents, 'read which keys are due', query, DUE_AT_ONCE)) {
        const holders = page.map(dueHolder).filter((due) => due !== undefined);
        if (holders.length > 0) yield holders;
      }
    },

    async planned(holder) {
      const rows = await partitionRows(holder);
      const plan = rows.find(({ sk }) => sk === PLAN_ROW);
      return plan && { ...readPlan(holder, plan), slots: readSlots(rows) };
    },

    async plan({ holder, life, retired }) {
      await updateItem(documents, 'plan keys', {
        TableName: table,
        Key: planKey(holder),
        ...setting({ ...dueAttributes(holder, AT_ONCE_S), life, retired, revision: randomUUID() }),
      });
    },

    async planNext({ holder, revision }, dueAtS) {
      const next = dueAtS === undefined ? REMOVAL : setting(dueAttributes(holder, dueAtS));
      await updateItem(documents, 'plan the next look at keys', {
        TableName: table,
        Key: planKey(holder),
        UpdateExpression: next.UpdateExpression,
        ConditionExpression: 'revision = :revision',
        ExpressionAttributeValues: { ...next.ExpressionAttributeValues, ':revision': revision },
      });
    },
  };
}

function dueAttributes(holder: KeyHolder, dueAtS: number): Item {
  return { [SHARD]: String(dueShard(holder)), [DUE_AT]: dueAtS };
}

/** An entry of the index; `undefined` for one that is not of a plan. */
function dueHolder({ pk, sk, dueAtS }: Item): DueHolder | undefined {
  const holder = holderOfPartition(pk);
  return holder && sk === PLAN_ROW && typeof dueAtS === 'number' ? { holder, dueAtS } : undefined;
}
