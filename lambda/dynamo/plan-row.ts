// The row of a holder's plan in the ring table, checked when it is read.

import * as z from 'zod/mini';
import { DaykeyError } from '../../vault/domain/errors.ts';
import { dueShard } from '../../vault/domain/kek-life/due.ts';
import { holderName, type KeyHolder } from '../../vault/domain/kek-life/holder.ts';
import { problemsOfLife } from '../../vault/domain/kek-life/life.ts';
import type { Upkeep } from '../../vault/domain/kek-life/upkeep.ts';
import { storedLife } from '../../vault/domain/settings/stored.ts';
import type { PlannedRing } from '../../vault/ports/key-ring.ts';
import { RING_TABLE } from '../config.ts';
import type { Item, ItemKey } from './calls.ts';
import { slotPartition } from './ring-key.ts';

/** Sort key of a plan. It lies beside the slots of its holder, so that one query reads both. */
export const PLAN_ROW = 'plan';

const seconds = z.int().check(z.nonnegative());
const PlanRow = z.object({
  life: storedLife.check(
    // The rotator plans each cycle of a lead: a life that no settings have could take all of its time and memory.
    z.refine((life) => problemsOfLife(life, true).length === 0),
  ),
  retired: z.boolean(),
  revision: z.string(),
  [RING_TABLE.dueAt]: z.optional(seconds),
});

/** Key of the plan of a holder. */
export function planKey(holder: KeyHolder): ItemKey {
  return { pk: slotPartition(holder), sk: PLAN_ROW };
}

/** @throws DaykeyError `settings-unreadable` for a plan that is malformed. */
export function readPlan(holder: KeyHolder, row: Item): Omit<PlannedRing, 'slots'> {
  const { data, error } = PlanRow.safeParse(row);
  if (data) {
    const { life, retired, revision, dueAtS } = data;
    return { holder, life, retired, revision, dueAtS };
  }
  const paths = error.issues.map(({ path }) => path.join('.'));
  throw new DaykeyError('settings-unreadable', `the plan of the keys of ${holderName(holder)} is malformed`, { paths });
}

/** What the keys of a holder are made for; `undefined` for a plan that is malformed. */
export function readUpkeep(row: Item): Upkeep | undefined {
  const { data } = PlanRow.safeParse(row);
  return data && { life: data.life, retired: data.retired };
}

/** When the index shows a holder as due; `undefined` for a row that is in no shard, or not in the one of its holder. */
export function readDueAtS(holder: KeyHolder, row: Item): number | undefined {
  if (row[RING_TABLE.dueShard] !== String(dueShard(holder))) return undefined;
  return seconds.safeParse(row[RING_TABLE.dueAt]).data;
}
