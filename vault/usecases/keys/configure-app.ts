// Sets up an app with its first key, and retires it with all of its keys.

import { setTimeout as sleep } from 'node:timers/promises';
import { DaykeyError, isDaykeyError, messagesOf } from '../../domain/errors.ts';
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
/** How often an app's keys are gone through. Between two tries a throttled KMS has time to recover. */
const RETIRE_TRIES = 4;
const BETWEEN_RETIRE_TRIES_MS = 15_000;

/** New roles get their rights some seconds late, so one refusal proves nothing. */
const PROBES = 4;
const BETWEEN_PROBES_MS = 10_000;

type Wait = (ms: number) => Promise<unknown>;

/** Asks the rotate function for one app: it makes the key that is due, or goes on with it. */
export type Rotate = (app: string) => Promise<void>;

/**
 * Stores an app's settings and returns once the app can encrypt with them.
 *
 * @throws DaykeyError `unavailable` when no key gets ready: the deployment fails rather than the app's first request.
 * `settings-unreadable`, before anything is stored, for settings that could not be read back.
 */
export async function configureApp(
  deps: Pick<RotateDeps, 'keyRing' | 'clock'> & { rotate: Rotate; wait?: Wait },
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
  const why = cause === undefined ? 'its canary does not pass' : messagesOf(cause);
  throw new DaykeyError(
    'unavailable',
    `the first app KEK did not get ready: ${why}. See the log of the rotate function`,
    {
      cause,
    },
  );
}

/** Tries KMS out before the first app. @throws the last error of several tries, in KMS's own words. */
export async function tryKeys(probe: () => Promise<void>, wait: Wait = sleep): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await probe();
    } catch (error) {
      if (tries === PROBES) throw error;
    }
    await wait(BETWEEN_PROBES_MS);
  }
}

/**
 * Retires an app: makes no new keys and schedules the deletion of every key it has. Repeating it is harmless.
 *
 * @throws AggregateError whose message says why keys are left, in KMS's words.
 */
export async function retireApp(
  deps: DestroyDeps & Pick<RotateDeps, 'keyRing'> & { wait?: Wait },
  app: string,
): Promise<void> {
  const settings = await storedSettings(deps.keyRing, app);
  if (settings === undefined) return;
  await deps.keyRing.configure({ ...settings, retired: true });
  let failures: unknown[] = [];
  for (let tries = 1; tries <= RETIRE_TRIES; tries += 1) {
    if (tries > 1) await (deps.wait ?? sleep)(BETWEEN_RETIRE_TRIES_MS);
    failures = await destroyKeysOf(deps, app);
    if (failures.length === 0) return;
  }
  const why = messagesOf(new AggregateError(failures));
  throw new AggregateError(failures, `${failures.length} keys could not be destroyed: ${why}`);
}

/** Destroys what the ring names by now, since a rotator may just have made a key. Returns an error for each key that is left. */
async function destroyKeysOf(deps: DestroyDeps & Pick<RotateDeps, 'keyRing'>, app: string): Promise<unknown[]> {
  const failures: unknown[] = [];
  const { slots = [] } = (await deps.keyRing.read(app)) ?? {};
  for (const slot of slots) {
    const { state, keyArn } = slot;
    if (state === 'destroyed' || keyArn === undefined) continue;
    // A key that cannot be destroyed does not stop the others.
    await destroyKey(deps, { ...slot, keyArn }).catch((error: unknown) => failures.push(error));
  }
  return failures;
}

/** The stored settings. If they cannot be read, settings that trust no caller. */
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
