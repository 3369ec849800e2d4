// Configure and retire an app: its settings row, its first key, and the end of all its keys.

import { setTimeout as sleep } from 'node:timers/promises';
import { DaykeyError } from '../../domain/errors.ts';
import { isCovered } from '../../domain/kek-life/plan.ts';
import type { AppSettings } from '../../domain/settings.ts';
import { secondsOf } from '../../ports/clock.ts';
import { type DestroyDeps, destroyKey } from './destroy-key.ts';
import { type RotateDeps, reconcile } from './rotate.ts';

// Together longer than a lease: the first rotator may have been cut off.
const TRIES = 60;
const BETWEEN_TRIES_MS = 3000;
/** Well before the function is cut off at ten minutes: CloudFormation has to hear of a failure. */
const PATIENCE_MS = 8 * 60_000;

/** Makes one key, or carries on: what the rotate function does when it is asked for one app. */
export type Rotate = (app: string) => Promise<void>;

/**
 * Stores an app's settings and returns once it can encrypt as they say.
 *
 * @throws DaykeyError `unavailable` when no key got ready: the deployment fails rather than an app's first request.
 */
export async function configureApp(
  deps: Pick<RotateDeps, 'keyRing' | 'clock'> & { rotate: Rotate; wait?: (ms: number) => Promise<unknown> },
  settings: AppSettings,
): Promise<void> {
  await deps.keyRing.configure(settings);
  let cause: unknown;
  const untilMs = deps.clock() + PATIENCE_MS;
  for (let tries = 0; tries < TRIES && deps.clock() < untilMs; tries += 1) {
    // KMS shows a new key late now and then, and makes five a second: what fails now may work in a moment.
    await deps.rotate(settings.app).catch((error: unknown) => {
      cause = error;
    });
    const ring = await deps.keyRing.read(settings.app);
    if (ring && isCovered(ring, secondsOf(deps.clock()))) return;
    await (deps.wait ?? sleep)(BETWEEN_TRIES_MS);
  }
  throw new DaykeyError('unavailable', 'the first app KEK did not get ready: see the log of the rotate function', {
    cause,
  });
}

/** Retires an app: no new keys, and the deletion of every key it has is scheduled. What is gone already counts as done. */
export async function retireApp(deps: DestroyDeps & Pick<RotateDeps, 'keyRing'>, app: string): Promise<void> {
  const ring = await deps.keyRing.read(app);
  if (!ring) return;
  await deps.keyRing.configure({ ...ring.settings, retired: true });
  // Once more after the settings say so: a rotator may have been at work on a slot.
  const { slots } = (await deps.keyRing.read(app)) ?? ring;
  const troubles: unknown[] = [];
  for (const slot of slots) {
    const { state, keyArn } = slot;
    if (state === 'destroyed' || keyArn === undefined) continue;
    // One key's trouble never keeps another alive.
    await destroyKey(deps, { ...slot, keyArn }).catch((error: unknown) => troubles.push(error));
  }
  if (troubles.length > 0) throw new AggregateError(troubles, `${troubles.length} keys could not be destroyed yet`);
}

/** Reconciles one app of the ring. @throws DaykeyError `not-found` for an app that has no settings. */
export async function rotateOne(deps: RotateDeps, app: string): Promise<void> {
  const ring = await deps.keyRing.read(app);
  if (!ring) throw new DaykeyError('not-found', 'no settings are stored for this app');
  await reconcile(deps, ring);
}
