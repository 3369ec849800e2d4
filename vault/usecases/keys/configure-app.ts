// Sets up an app with its first key, and retires it with all of its keys.

import { setTimeout as sleep } from 'node:timers/promises';
import { DaykeyError, isDaykeyError } from '../../domain/errors.ts';
import { DEFAULT_LIFE } from '../../domain/kek-life/life.ts';
import { isCovered } from '../../domain/kek-life/plan.ts';
import type { AppSettings } from '../../domain/settings.ts';
import { secondsOf } from '../../ports/clock.ts';
import type { KeyRing } from '../../ports/key-ring.ts';
import { type DestroyDeps, destroyKey } from './destroy-key.ts';
import { type RotateDeps, reconcile } from './rotate.ts';

// Together longer than a lease: an earlier rotator may have been cut off.
const TRIES = 60;
const BETWEEN_TRIES_MS = 3000;
/** Well before the function's limit of ten minutes, so that CloudFormation gets the error. */
const PATIENCE_MS = 8 * 60_000;

/** Asks the rotate function for one app: it makes the key that is due, or goes on with it. */
export type Rotate = (app: string) => Promise<void>;

/**
 * Stores an app's settings and returns once the app can encrypt with them.
 *
 * @throws DaykeyError `unavailable` when no key gets ready: the deployment fails rather than the app's first request.
 * `settings-unreadable`, before anything is stored, for settings that could not be read back.
 */
export async function configureApp(
  deps: Pick<RotateDeps, 'keyRing' | 'clock'> & { rotate: Rotate; wait?: (ms: number) => Promise<unknown> },
  settings: AppSettings,
): Promise<void> {
  await deps.keyRing.configure(settings);
  let cause: unknown;
  const untilMs = deps.clock() + PATIENCE_MS;
  for (let tries = 0; tries < TRIES && deps.clock() < untilMs; tries += 1) {
    // A failure may pass: KMS sometimes shows a new key late, and makes five a second.
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

/** Retires an app: makes no new keys and schedules the deletion of every key it has. Repeating it is harmless. */
export async function retireApp(deps: DestroyDeps & Pick<RotateDeps, 'keyRing'>, app: string): Promise<void> {
  const settings = await storedSettings(deps.keyRing, app);
  if (settings === undefined) return;
  await deps.keyRing.configure({ ...settings, retired: true });
  // Read after the settings are stored: a rotator may have been making a key.
  const { slots = [] } = (await deps.keyRing.read(app)) ?? {};
  const troubles: unknown[] = [];
  for (const slot of slots) {
    const { state, keyArn } = slot;
    if (state === 'destroyed' || keyArn === undefined) continue;
    // A key that cannot be destroyed yet does not stop the others.
    await destroyKey(deps, { ...slot, keyArn }).catch((error: unknown) => troubles.push(error));
  }
  if (troubles.length > 0) throw new AggregateError(troubles, `${troubles.length} keys could not be destroyed yet`);
}

/** Stored settings; in the place of settings that cannot be read, some that trust no caller. */
async function storedSettings(keyRing: KeyRing, app: string): Promise<AppSettings | undefined> {
  try {
    return (await keyRing.read(app))?.settings;
  } catch (error) {
    if (!isDaykeyError(error, 'settings-unreadable')) throw error;
    return { app, life: DEFAULT_LIFE, defaultTtlS: DEFAULT_LIFE.maxTtlS, integrations: {}, retired: true };
  }
}

/** Reconciles one app of the ring. @throws DaykeyError `not-found` for an app that has no settings. */
export async function rotateOne(deps: RotateDeps, app: string): Promise<void> {
  const ring = await deps.keyRing.read(app);
  if (!ring) throw new DaykeyError('not-found', 'no settings are stored for this app');
  await reconcile(deps, ring);
}
