// Rotate: brings every app's ring to what is due. Any number at once, stopped anywhere, it does no harm.

import { randomBytes, randomUUID } from 'node:crypto';
import { causesOf, type DaykeyError, isDaykeyError } from '../../domain/errors.ts';
import { isCovered, type Step, stepsDue } from '../../domain/kek-life/plan.ts';
import type { AppRing, RingSlot } from '../../domain/kek-life/ring.ts';
import type { SlotDates } from '../../domain/kek-life/slot.ts';
import { type Clock, secondsOf } from '../../ports/clock.ts';
import type { Canary, KeyMaker } from '../../ports/key-maker.ts';
import type { KeyRingWriter } from '../../ports/key-ring.ts';
import { type DestroyDeps, destroyKey } from './destroy-key.ts';

export interface RotateDeps extends DestroyDeps {
  clock: Clock;
  keyRing: KeyRingWriter;
  keyMaker: KeyMaker;
  canary: Canary;
}

/** How long a rotator keeps others off a slot it makes, in seconds: longer than it may run. */
export const LEASE_S = 120;
/** How long before its slot a missing key raises the alarm: half of the lead. */
const ALARM_SHARE_OF_LEAD = 0.5;
// A lease that has run out by every clock.
const ENDED = 0;
const SALT_BYTES = 32;
const APPS_AT_ONCE = 8;

/** Reconciles every app. One app's trouble never keeps another from its key. @throws AggregateError of all troubles, at the end. */
export async function rotate(deps: RotateDeps): Promise<void> {
  const troubles: unknown[] = [];
  const running = new Set<Promise<void>>();
  try {
    for await (const ring of deps.keyRing.all((error) => reportUnreadable(deps, error))) {
      const one: Promise<void> = reconcile(deps, ring)
        .catch((error: unknown) => void troubles.push(error))
        .finally(() => running.delete(one));
      running.add(one);
      if (running.size >= APPS_AT_ONCE) await Promise.race(running);
    }
  } catch (error) {
    // The ring broke off: what has begun is still finished.
    troubles.push(error);
  }
  await Promise.all(running);
  if (troubles.length > 0) throw new AggregateError(troubles, `${troubles.length} apps could not be reconciled`);
}

/** Raises the alarm for settings that cannot be read. The app's keys end by their policies all the same. */
function reportUnreadable({ telemetry }: Pick<RotateDeps, 'telemetry'>, { message, paths }: DaykeyError): void {
  telemetry.count('UnreadableSettings', 1);
  telemetry.note(message, { paths: paths.join(', ') });
}

/** Brings one app's ring to what is due now. One step's trouble never keeps another from being taken. */
export async function reconcile(deps: RotateDeps, read: AppRing): Promise<void> {
  const troubles: unknown[] = [];
  const note = (error: unknown): void => {
    // Another rotator was first: that is what conditional writes are for.
    if (isDaykeyError(error, 'conflict')) return;
    troubles.push(error);
    // Lambda logs an error that is thrown without its causes, and the causes are what an operator needs.
    deps.telemetry.note('a step of the rotation failed', {
      app: read.settings.app,
      cause: causesOf(error).join(' < '),
    });
  };
  const slots: RingSlot[] = [];
  for (const slot of read.slots) {
    const isLost = !read.settings.retired && (await takeOutLost(deps, slot).catch(note));
    slots.push(isLost ? { ...slot, state: 'lost' } : slot);
  }
  const ring = { ...read, slots };
  const steps = stepsDue(ring, secondsOf(deps.clock()));
  for (const step of steps) await carryOut(deps, ring.settings.app, step).catch(note);
  // With nothing to do, which is nearly always, what was read is what there is.
  const now = steps.length === 0 ? ring : await deps.keyRing.read(ring.settings.app).catch(note);
  if (now) report(deps, now);
  if (troubles.length > 0) throw new AggregateError(troubles, 'some steps failed: the next run does them again');
}

/** Takes a key out that KMS no longer serves before its time, so that the plan makes another one; whether it did. */
async function takeOutLost(deps: RotateDeps, { app, slot, state, keyArn, encryptUntilS }: RingSlot): Promise<boolean> {
  const shouldServe = state === 'ready' && secondsOf(deps.clock()) < encryptUntilS;
  if (!shouldServe || keyArn === undefined || (await deps.keyMaker.isHealthy(keyArn))) return false;
  deps.telemetry.note('an app KEK is disabled, gone or pending deletion before its time', { app, slot });
  await deps.keyRing.markLost(app, slot);
  return true;
}

async function carryOut(deps: RotateDeps, app: string, step: Step): Promise<void> {
  switch (step.do) {
    case 'make':
      return await make(deps, app, step.dates);
    case 'destroy':
      return await destroyKey(deps, step.slot);
    case 'forget':
      return await deps.keyRing.forget(app, step.slot.slot, secondsOf(deps.clock()));
  }
}

async function make(deps: RotateDeps, app: string, dates: SlotDates): Promise<void> {
  const owner = randomUUID();
  const nowS = secondsOf(deps.clock());
  const claimed = await deps.keyRing.claim(app, dates, { owner, untilS: nowS + LEASE_S }, nowS);
  let isProven = false;
  try {
    if (claimed.keyArn === undefined) {
      const { arn } = await deps.keyMaker.create(app, claimed);
      await deps.keyRing.recordKey(app, claimed.slot, owner, arn, randomBytes(SALT_BYTES));
      deps.telemetry.count('KeysMade', 1);
    }
    // A new key shows up late now and then; the next run, or the caller, tries again.
    isProven = await deps.canary.passes(app, claimed.slot);
    if (isProven) await deps.keyRing.markReady(app, claimed.slot, owner);
    else deps.telemetry.note('a new key did not pass its canary yet', { app, slot: claimed.slot });
  } finally {
    // The lease is for a rotator that was cut off. One that knows it has failed ends it, so that the next try need not wait.
    if (!isProven) await deps.keyRing.claim(app, claimed, { owner, untilS: ENDED }, nowS).catch(() => undefined);
  }
}

function report(deps: RotateDeps, ring: AppRing): void {
  const nowS = secondsOf(deps.clock());
  const { life, retired } = ring.settings;
  const needed = nowS + Math.floor(life.leadS * ALARM_SHARE_OF_LEAD);
  const missing = !retired && !(isCovered(ring, nowS) && isCovered(ring, needed));
  const late = ring.slots.filter(({ state, keyArn, decryptUntilS }) => {
    return state !== 'destroyed' && keyArn !== undefined && nowS >= decryptUntilS + life.marginS;
  });
  deps.telemetry.count('NextSlotMissing', missing ? 1 : 0);
  deps.telemetry.count('KeyPastItsEnd', late.length);
}
