// Janitor: a slow look through the whole ring. It destroys orphaned keys, and plans holders whose plan was lost or is stale.

import { CHECK_EVERY_S } from '../../domain/kek-life/due.ts';
import { holderName, holderNamed } from '../../domain/kek-life/holder.ts';
import { DEFAULT_LIFE } from '../../domain/kek-life/life.ts';
import { isSameUpkeep, type UpkeepChange } from '../../domain/kek-life/upkeep.ts';
import { type Clock, secondsOf } from '../../ports/clock.ts';
import type { KeyMaker } from '../../ports/key-maker.ts';
import type { KeyRingWriter, RingRow } from '../../ports/key-ring.ts';
import type { Telemetry } from '../../ports/telemetry.ts';

export interface JanitorDeps {
  clock: Clock;
  keyRing: Pick<KeyRingWriter, 'rows' | 'plan'>;
  keyMaker: Pick<KeyMaker, 'list' | 'destroy'>;
  telemetry: Telemetry;
}

type FoundPlan = Pick<Extract<RingRow, { kind: 'plan' }>, 'upkeep' | 'dueAtS'>;

/** What a look through the ring has found. Of a pool's apps it keeps no more than what they ask. */
interface Found {
  /** What apps ask of the keys of a holder, by its name. Apps of one pool may differ while settings change. */
  readonly asked: Map<string, UpkeepChange[]>;
  /** Plans by the holder's name. */
  readonly plans: Map<string, FoundPlan>;
  /** Names of holders that have slots. */
  readonly withSlots: Set<string>;
  /** ARNs of keys that a slot names. */
  readonly keyArns: Set<string>;
  /** Apps whose settings cannot be read. */
  readonly unreadable: Map<string, readonly string[]>;
}

/** Plans what has no plan, and destroys orphaned keys. @throws AggregateError when some of that failed. The rest is done. */
export async function tidyUp(deps: JanitorDeps): Promise<void> {
  const found = await lookThrough(deps.keyRing.rows());
  for (const [app, paths] of found.unreadable) {
    deps.telemetry.count('UnreadableSettings', 1);
    deps.telemetry.note('the stored settings of an app are malformed', { app, paths: paths.join(', ') });
  }
  const failures: unknown[] = [];
  for (const change of changesToPlan(found, secondsOf(deps.clock()))) {
    deps.telemetry.note('keys had no plan, one for other settings, or one that is never due', {
      holder: holderName(change.holder),
    });
    await deps.keyRing.plan(change).catch((error: unknown) => void failures.push(error));
  }
  failures.push(...(await destroyOrphans(deps, found)));
  if (failures.length > 0) {
    throw new AggregateError(failures, `${failures.length} keys could not be planned or destroyed`);
  }
}

async function lookThrough(pages: AsyncIterable<readonly RingRow[]>): Promise<Found> {
  const found: Found = {
    asked: new Map(),
    plans: new Map(),
    withSlots: new Set(),
    keyArns: new Set(),
    unreadable: new Map(),
  };
  for await (const page of pages) for (const row of page) note(found, row);
  return found;
}

function note({ asked, plans, withSlots, keyArns, unreadable }: Found, row: RingRow): void {
  switch (row.kind) {
    case 'unreadable-app':
      unreadable.set(row.app, row.paths);
      return;
    case 'plan':
      plans.set(holderName(row.holder), row);
      return;
    case 'slot':
      withSlots.add(holderName(row.holder));
      if (row.keyArn !== undefined) keyArns.add(row.keyArn);
      return;
    case 'app': {
      const name = holderName(row.holder);
      const changes = asked.get(name) ?? [];
      asked.set(name, changes);
      if (!changes.some((change) => isSameUpkeep(change, row))) changes.push(row);
      return;
    }
  }
}

/**
 * The plans to write: for holders without one, with one that no app asks for, or with one that the rotator would not come to.
 * Keys that no app uses any more get no successor, and end at their dates.
 */
function changesToPlan({ asked, plans, withSlots, unreadable }: Found, nowS: number): UpkeepChange[] {
  const hasStopped = (name: string) => isStopped(plans.get(name), withSlots.has(name), nowS);
  const wrong = [...asked].flatMap(([name, changes]): UpkeepChange[] => {
    const plan = plans.get(name)?.upkeep;
    const isAsked = plan && changes.some((change) => isSameUpkeep(change, plan));
    if (isAsked && !hasStopped(name)) return [];
    const change = isAsked ? changes.find((each) => isSameUpkeep(each, plan)) : changes[0];
    // A retired app has nothing to come once its last slot is forgotten.
    const isOver = !plans.has(name) && change?.retired && !withSlots.has(name);
    return change === undefined || isOver ? [] : [change];
  });
  const [{ life } = { life: DEFAULT_LIFE }] = [...asked.values()].flat();
  const unused = [...new Set([...plans.keys(), ...withSlots])].flatMap((name): UpkeepChange[] => {
    const holder = holderNamed(name);
    const plan = plans.get(name)?.upkeep;
    if (holder === undefined || asked.has(name) || (plan?.retired && !hasStopped(name))) return [];
    // An app that cannot be read may use any pool.
    if ('pool' in holder ? unreadable.size > 0 : unreadable.has(name)) return [];
    return [{ holder, life: plan?.life ?? life, retired: true }];
  });
  return [...wrong, ...unused];
}

/** Whether the rotator would never come to a holder again, or long after the keys are to be looked at. */
function isStopped(plan: FoundPlan | undefined, hasSlots: boolean, nowS: number): boolean {
  if (plan?.upkeep === undefined) return false;
  const { upkeep, dueAtS } = plan;
  if (upkeep.retired) return hasSlots && dueAtS === undefined;
  // Twice, for clocks that differ.
  return dueAtS === undefined || dueAtS > nowS + 2 * CHECK_EVERY_S;
}

/**
 * Destroys orphaned keys past their T2, which no slot names because a rotator was cut off after it had made them. Before T2 a key
 * may only look orphaned, because its row is about to be written. Keys of an app whose settings cannot be read are not destroyed
 * here: once repaired, the rotator destroys them with a receipt. Returns what failed.
 */
async function destroyOrphans({ clock, keyMaker, telemetry }: JanitorDeps, found: Found): Promise<unknown[]> {
  const failures: unknown[] = [];
  let orphaned = 0;
  for await (const { arn, holder, decryptUntilS } of keyMaker.list(found.keyArns)) {
    if (found.unreadable.has(holderName(holder))) continue;
    orphaned += 1;
    if (secondsOf(clock()) < decryptUntilS) continue;
    try {
      await keyMaker.destroy(arn);
      telemetry.count('KeysDestroyed', 1);
    } catch (error) {
      failures.push(error);
    }
  }
  telemetry.count('OrphanedKeys', orphaned);
  return failures;
}
