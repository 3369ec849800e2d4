// Rotate: does what is due for the ring of every app. Rotators may run at the same time and be cut off anywhere.

import { randomBytes, randomUUID } from 'node:crypto';
import { causesOf, type DaykeyError, isDaykeyError } from '../../domain/errors.ts';
import { holderName, type KeyHolder } from '../../domain/kek-life/holder.ts';
import { GONE_AT_LATEST_S, isCovered, type Step, stepsDue } from '../../domain/kek-life/plan.ts';
import { type HolderRing, ownRing, type RingSlot } from '../../domain/kek-life/ring.ts';
import type { SlotDates } from '../../domain/kek-life/slot.ts';
import { type Clock, secondsOf } from '../../ports/clock.ts';
import type { Canary, KeyMaker } from '../../ports/key-maker.ts';
import type { KeyRingWriter } from '../../ports/key-ring.ts';
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
const APPS_AT_ONCE = 8;

/** Reconciles every app. A failure of one app does not stop the others. @throws AggregateError of all failures, at the end. */
export async function rotate(deps: RotateDeps): Promise<void> {
  const failures: unknown[] = [];
  const running = new Set<Promise<void>>();
  try {
    for await (const ring of deps.keyRing.all((app, error) => reportUnreadable(deps, app, error))) {
      const one: Promise<void> = reconcile(deps, ownRing(ring))
        .catch((error: unknown) => void failures.push(error))
        .finally(() => running.delete(one));
      running.add(one);
      if (running.size >= APPS_AT_ONCE) await Promise.race(running);
    }
  } catch (error) {
    // Reading the rings failed. The apps that have begun are still finished.
    failures.push(error);
  }
  await Promise.all(running);
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} apps could not be reconciled`);
}

/** Raises the alarm for settings that cannot be read. The app's keys still end by their policies. */
function reportUnreadable({ telemetry }: RotateDeps, app: string, { paths }: DaykeyError): void {
  telemetry.count('UnreadableSettings', 1);
  telemetry.note('the stored settings of an app are malformed', { app, paths: paths.join(', ') });
}

/** Does what is due for one holder now. A step that fails does not stop the others. @throws AggregateError of all failures. */
export async function reconcile(deps: RotateDeps, read: HolderRing): Promise<void> {
  const { holder, retired } = read;
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
    const isLost = !retired && (await markIfLost(deps, slot).catch(note));
    slots.push(isLost ? { ...slot, state: 'lost' } : slot);
  }
  const ring = { ...read, slots };
  const steps = stepsDue(ring, secondsOf(deps.clock()));
  for (const step of steps) await carryOut(deps, holder, step).catch(note);
  // Nearly always nothing is due, and the ring is as it was read.
  const current = steps.length === 0 ? slots : await deps.keyRing.slotsOf(holder).catch(note);
  if (current) report(deps, { ...read, slots: current });
  if (failures.length > 0) throw new AggregateError(failures, 'some steps failed; the next run repeats them');
}

/** Marks a slot as lost whose key KMS no longer serves, so that the plan replaces it. Returns whether it did. */
async function markIfLost(
  deps: RotateDeps,
  { holder, slot, state, keyArn, encryptUntilS }: RingSlot,
): Promise<boolean> {
  const shouldServe = state === 'ready' && secondsOf(deps.clock()) < encryptUntilS;
  if (!shouldServe || keyArn === undefined || (await deps.keyMaker.isHealthy(keyArn))) return false;
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
  deps.telemetry.count('NextSlotMissing', isMissing ? 1 : 0);
  deps.telemetry.count('KeyPastItsEnd', pastTheirEnd.length);
}
