// Rotate: does what is due for the keys of apps and pools. Rotators may run at the same time and be cut off anywhere.

import { randomBytes, randomUUID } from 'node:crypto';
import { causesOf, DaykeyError, isDaykeyError, messagesOf } from '../../domain/errors.ts';
import { DUE_SHARDS, needsCheck, nextDueS } from '../../domain/kek-life/due.ts';
import { holderName, type KeyHolder } from '../../domain/kek-life/holder.ts';
import { GONE_AT_LATEST_S, isCovered, type Step, stepsDue } from '../../domain/kek-life/plan.ts';
import type { HolderRing, RingSlot } from '../../domain/kek-life/ring.ts';
import type { SlotDates } from '../../domain/kek-life/slot.ts';
import { isSameUpkeep, type UpkeepChange, upkeepChanges } from '../../domain/kek-life/upkeep.ts';
import { type Clock, secondsOf } from '../../ports/clock.ts';
import type { Canary, KeyMaker } from '../../ports/key-maker.ts';
import { AT_ONCE_S, type DueHolder, type KeyRingWriter, type PlannedRing } from '../../ports/key-ring.ts';
import { confirmGone, type DestroyDeps, destroyKey } from './destroy-key.ts';

export interface RotateDeps extends DestroyDeps {
  clock: Clock;
  keyRing: KeyRingWriter;
  keyMaker: KeyMaker;
  canary: Canary;
}

/** How long a rotator keeps a slot to itself, in seconds. Longer than the function runs. */
export const LEASE_S = 120;
/** The alarm for a missing key rings this share of the lead before the key is needed. */
const ALARM_SHARE_OF_LEAD = 0.5;
/** End of a lease that has ended by any clock. */
const ENDED_S = 0;
const SALT_BYTES = 32;
/** How long a run begins with further holders, in milliseconds: what it has begun then ends within the function's minute. */
export const BUDGET_MS = 40_000;
/** Holders of one shard that are reconciled at the same time. All shards are worked on at once. */
const HOLDERS_AT_ONCE = 4;

/** Failures whose messages the error of a run repeats. */
const FAILURES_REPEATED = 5;

/** One run of the rotator. */
interface Run extends RotateDeps {
  readonly nowS: number;
  readonly untilMs: number;
  readonly failures: unknown[];
  /** For how many seconds the holder that waits longest has been due. */
  behindS: number;
}

/**
 * Reconciles the holders that are due, those that have waited longest first, until the time is up. Each is then due at its next
 * date, so what a run leaves out, cut off anywhere, is what the next one begins with. A failure of one holder does not stop the
 * others.
 *
 * @throws AggregateError of all failures, at the end.
 */
export async function rotate(deps: RotateDeps): Promise<void> {
  const startedMs = deps.clock();
  const run: Run = { ...deps, nowS: secondsOf(startedMs), untilMs: startedMs + BUDGET_MS, failures: [], behindS: 0 };
  const shards = Array.from({ length: DUE_SHARDS }, (_, shard) => shard);
  await Promise.all(shards.map((shard) => rotateShard(run, shard)));
  deps.telemetry.count('RotationBehindSeconds', run.behindS);
  // Says that the rotator runs: silence rings the alarm too.
  deps.telemetry.count('NextSlotMissing', 0);
  if (run.failures.length > 0) {
    // Lambda logs an error without those that it collects.
    const why = messagesOf(new AggregateError(run.failures.slice(0, FAILURES_REPEATED)));
    throw new AggregateError(run.failures, `${run.failures.length} holders of keys could not be reconciled: ${why}`);
  }
}

async function rotateShard(run: Run, shard: number): Promise<void> {
  const running = new Set<Promise<void>>();
  try {
    for await (const page of run.keyRing.due(shard, run.nowS)) {
      for (const due of page) {
        if (due.dueAtS !== AT_ONCE_S) run.behindS = Math.max(run.behindS, run.nowS - due.dueAtS);
        if (run.clock() >= run.untilMs) return;
        const one: Promise<void> = reconcileDue(run, due)
          .catch((error: unknown) => void run.failures.push(error))
          .finally(() => running.delete(one));
        running.add(one);
        if (running.size >= HOLDERS_AT_ONCE) await Promise.race(running);
      }
    }
  } catch (error) {
    // Reading what is due failed. The holders that have begun are still finished.
    run.failures.push(error);
  } finally {
    await Promise.all(running);
  }
}

async function reconcileDue(run: Run, { holder }: DueHolder): Promise<void> {
  let ring: PlannedRing | undefined;
  try {
    ring = await run.keyRing.planned(holder);
  } catch (error) {
    if (!isDaykeyError(error, 'settings-unreadable')) throw error;
    return reportUnreadable(run, holder, error);
  }
  // The index was behind: another run has been here.
  if (ring?.dueAtS === undefined || ring.dueAtS > run.nowS) return;
  await reconcile(run, ring);
}

/** Raises the alarm for a plan that cannot be read. The janitor writes it again. */
function reportUnreadable({ telemetry }: RotateDeps, holder: KeyHolder, { paths }: DaykeyError): void {
  telemetry.count('UnreadableSettings', 1);
  telemetry.note('a stored plan of keys is malformed', { holder: holderName(holder), paths: paths.join(', ') });
}

/**
 * Reconciles the keys of one app, whether they are due or not, after planning what its settings ask of them.
 *
 * @throws DaykeyError `not-found` for an app that has no settings; AggregateError of all failures.
 */
export async function rotateOne(deps: RotateDeps, app: string): Promise<void> {
  const ring = await deps.keyRing.read(app);
  if (!ring) throw new DaykeyError('not-found', 'no settings are stored for this app');
  for (const change of upkeepChanges(ring.settings, undefined)) {
    const planned = await plannedAs(deps.keyRing, change);
    if (planned) await reconcile(deps, planned);
  }
}

/** The ring of a holder, planned as the settings ask: a crash may have come between the settings and the plan. */
async function plannedAs(keyRing: KeyRingWriter, change: UpkeepChange): Promise<PlannedRing | undefined> {
  const planned = await keyRing.planned(change.holder).catch((error: unknown) => {
    if (isDaykeyError(error, 'settings-unreadable')) return undefined;
    throw error;
  });
  if (planned && isSameUpkeep(planned, change)) return planned;
  await keyRing.plan(change);
  return await keyRing.planned(change.holder);
}

/**
 * Does what is due for one holder now, and plans when it is due next. A step that fails does not stop the others.
 *
 * @throws AggregateError of all failures.
 */
export async function reconcile(deps: RotateDeps, read: PlannedRing): Promise<void> {
  const { holder } = read;
  const failures: unknown[] = [];
  const note = (error: unknown): void => {
    // Another rotator was first, which is what the conditions on writes are for.
    if (isDaykeyError(error, 'conflict')) return;
    failures.push(error);
    // Lambda logs a thrown error without its causes, and operators need the causes.
    deps.telemetry.note('a step of the rotation failed', {
      holder: holderName(holder),
      cause: causesOf(error).join(' < '),
    });
  };
  const slots: RingSlot[] = [];
  for (const slot of read.slots) {
    const isLost = await markIfLost(deps, read, slot).catch(note);
    slots.push(isLost ? { ...slot, state: 'lost' } : slot);
  }
  const ring = { ...read, slots };
  const steps = stepsDue(ring, secondsOf(deps.clock()));
  for (const step of steps) await carryOut(deps, holder, step).catch(note);
  // Nearly always nothing is due, and the ring is as it was read.
  const current = steps.length === 0 ? ring : await deps.keyRing.planned(holder).catch(note);
  if (current) {
    report(deps, current);
    // Failed or not, it is due again only after all that have waited longer.
    const dueAtS = nextDueS(current, secondsOf(deps.clock()));
    if (dueAtS !== current.dueAtS) await deps.keyRing.planNext(current, dueAtS).catch(note);
  }
  if (failures.length > 0) throw new AggregateError(failures, 'some steps failed; the next run repeats them');
}

/** Marks a slot as lost whose key KMS no longer serves, so that the plan replaces it. Returns whether it did. */
async function markIfLost(deps: RotateDeps, ring: HolderRing, row: RingSlot): Promise<boolean> {
  const { holder, slot, keyArn } = row;
  const isToServe = needsCheck(ring, row, secondsOf(deps.clock()));
  if (!isToServe || keyArn === undefined || (await deps.keyMaker.isHealthy(keyArn))) return false;
  deps.telemetry.note('an app KEK is disabled, gone or pending deletion before its time', {
    holder: holderName(holder),
    slot,
  });
  await deps.keyRing.markLost(holder, slot);
  return true;
}

async function carryOut(deps: RotateDeps, holder: KeyHolder, step: Step): Promise<void> {
  switch (step.do) {
    case 'make':
      return await makeKey(deps, holder, step.dates);
    case 'destroy':
      return await destroyKey(deps, step.slot);
    case 'confirm':
      return await confirmGone(deps, step.slot);
    case 'forget':
      return await deps.keyRing.forget(holder, step.slot.slot, secondsOf(deps.clock()));
  }
}

/** Makes the key of a slot, or finishes what another rotator began: key, ring row, canary. */
async function makeKey(deps: RotateDeps, holder: KeyHolder, dates: SlotDates): Promise<void> {
  const owner = randomUUID();
  const nowS = secondsOf(deps.clock());
  const claimed = await deps.keyRing.claim(holder, dates, { owner, untilS: nowS + LEASE_S }, nowS);
  let isReady = false;
  try {
    if (claimed.keyArn === undefined) {
      const key = await deps.keyMaker.create(holder, claimed);
      await deps.keyRing.recordKey(holder, claimed.slot, owner, key, randomBytes(SALT_BYTES));
      if (key.ignoresContext)
        deps.telemetry.note('KMS ends the values of this key at T2 only', { holder: holderName(holder) });
      deps.telemetry.count('KeysMade', 1);
    }
    // KMS may show a new key late. The next run, or the caller, tries again.
    if (await deps.canary.passes(holder, claimed.slot)) {
      await deps.keyRing.markReady(holder, claimed.slot, owner);
      isReady = true;
    } else {
      deps.telemetry.note('a new key did not pass its canary yet', { holder: holderName(holder), slot: claimed.slot });
    }
  } finally {
    // Ends the lease early, so that the next try need not wait. A rotator that was cut off cannot do that.
    if (!isReady) await deps.keyRing.claim(holder, claimed, { owner, untilS: ENDED_S }, nowS).catch(() => undefined);
  }
}

/** Counts what the alarms on keys look at. */
function report(deps: RotateDeps, ring: HolderRing): void {
  const nowS = secondsOf(deps.clock());
  const { life, retired } = ring;
  const neededAtS = nowS + Math.floor(life.leadS * ALARM_SHARE_OF_LEAD);
  const isMissing = !retired && !(isCovered(ring, nowS) && isCovered(ring, neededAtS));
  const pastTheirEnd = ring.slots.filter(({ state, keyArn, decryptUntilS, goneAtS = Number.POSITIVE_INFINITY }) => {
    // KMS still has a key that it should have deleted: it was brought back.
    if (state === 'destroyed') return nowS >= Math.max(goneAtS, decryptUntilS) + 2 * GONE_AT_LATEST_S;
    return keyArn !== undefined && nowS >= decryptUntilS + life.marginS;
  });
  if (isMissing) deps.telemetry.count('NextSlotMissing', 1);
  if (pastTheirEnd.length > 0) deps.telemetry.count('KeyPastItsEnd', pastTheirEnd.length);
}
