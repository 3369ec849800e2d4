// Rotate: brings every app's ring to what is due. Any number at once, stopped anywhere, it does no harm.

import { randomBytes, randomUUID } from 'node:crypto';
import { isDaykeyError } from '../domain/errors.ts';
import { isCovered, type Step, stepsDue } from '../domain/kek-life/plan.ts';
import type { AppRing, RingSlot } from '../domain/kek-life/ring.ts';
import type { SlotDates } from '../domain/kek-life/slot.ts';
import { type Clock, secondsOf } from '../ports/clock.ts';
import type { Canary, KeyMaker } from '../ports/key-maker.ts';
import type { KeyRingWriter } from '../ports/key-ring.ts';
import type { Telemetry } from '../ports/telemetry.ts';

export interface RotateDeps {
  clock: Clock;
  keyRing: KeyRingWriter;
  keyMaker: KeyMaker;
  canary: Canary;
  telemetry: Telemetry;
}

/** How long a rotator keeps others off a slot it makes, in seconds: longer than it may run. */
export const LEASE_S = 120;
/** How long before its slot a missing key raises the alarm: half of the lead. */
const ALARM_SHARE_OF_LEAD = 0.5;
const SALT_BYTES = 32;
const APPS_AT_ONCE = 8;

/** Reconciles every app. One app's trouble never keeps another from its key. @throws AggregateError of all troubles, at the end. */
export async function rotate(deps: RotateDeps): Promise<void> {
  const troubles: unknown[] = [];
  const running = new Set<Promise<void>>();
  for await (const ring of deps.keyRing.all()) {
    const one: Promise<void> = reconcile(deps, ring)
      .catch((error: unknown) => void troubles.push(error))
      .finally(() => running.delete(one));
    running.add(one);
    if (running.size >= APPS_AT_ONCE) await Promise.race(running);
  }
  await Promise.all(running);
  if (troubles.length > 0) throw new AggregateError(troubles, `${troubles.length} apps could not be reconciled`);
}

/** Brings one app's ring to what is due now. */
export async function reconcile(deps: RotateDeps, read: AppRing): Promise<void> {
  const ring = await withoutLost(deps, read);
  const troubles: unknown[] = [];
  for (const step of stepsDue(ring, secondsOf(deps.clock()))) {
    try {
      await carryOut(deps, ring.settings.app, step);
    } catch (error) {
      // Another rotator was first: that is what conditional writes are for.
      if (!isDaykeyError(error, 'conflict')) troubles.push(error);
    }
  }
  await report(deps, ring.settings.app);
  if (troubles.length > 0) throw new AggregateError(troubles, 'some steps failed: the next run does them again');
}

/** A key that KMS no longer serves is taken out, so that the plan makes another one. */
async function withoutLost(deps: RotateDeps, ring: AppRing): Promise<AppRing> {
  const nowS = secondsOf(deps.clock());
  const slots = await Promise.all(
    ring.slots.map(async (slot): Promise<RingSlot> => {
      const serves = slot.state === 'ready' && nowS < slot.encryptUntilS && !ring.settings.retired;
      if (!serves || slot.keyArn === undefined || (await deps.keyMaker.isHealthy(slot.keyArn))) return slot;
      deps.telemetry.note('an app KEK is disabled, gone or pending deletion before its time', {
        app: slot.app,
        slot: slot.slot,
      });
      await deps.keyRing.markLost(slot.app, slot.slot);
      return { ...slot, state: 'lost' };
    }),
  );
  return { ...ring, slots };
}

async function carryOut(deps: RotateDeps, app: string, step: Step): Promise<void> {
  switch (step.do) {
    case 'make':
      return await make(deps, app, step.dates);
    case 'destroy':
      await deps.keyMaker.destroy(step.slot.keyArn);
      await deps.keyRing.markDestroyed(app, step.slot.slot);
      deps.telemetry.count('KeysDestroyed', 1);
      return;
    case 'forget':
      return await deps.keyRing.forget(app, step.slot.slot, secondsOf(deps.clock()));
  }
}

async function make(deps: RotateDeps, app: string, dates: SlotDates): Promise<void> {
  const owner = randomUUID();
  const nowS = secondsOf(deps.clock());
  const claimed = await deps.keyRing.claim(app, dates, { owner, untilS: nowS + LEASE_S }, nowS);
  if (claimed.keyArn === undefined) {
    const { arn } = await deps.keyMaker.create(app, claimed);
    await deps.keyRing.recordKey(app, claimed.slot, owner, arn, randomBytes(SALT_BYTES));
    deps.telemetry.count('KeysMade', 1);
  }
  // A new key shows up late now and then; the next run, or the caller, tries again.
  if (await deps.canary.passes(app, claimed.slot)) await deps.keyRing.markReady(app, claimed.slot, owner);
}

async function report(deps: RotateDeps, app: string): Promise<void> {
  const ring = await deps.keyRing.read(app);
  if (!ring) return;
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
