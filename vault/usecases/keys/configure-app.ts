// Sets up an app with its first key, changes its settings, and retires it with all of its keys.

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AppRecord,
  changeSettings,
  claimRequest,
  isWithdrawn,
  NO_SETTINGS,
  newRecord,
  retireRecord,
  type SettingsChange,
  withdraw,
} from '../../domain/app-record.ts';
import { DaykeyError, isDaykeyError, messagesOf } from '../../domain/errors.ts';
import { DEFAULT_LIFE } from '../../domain/kek-life/life.ts';
import { isCovered } from '../../domain/kek-life/plan.ts';
import { currentHolder } from '../../domain/kek-life/upkeep.ts';
import type { AppSettings } from '../../domain/settings.ts';
import { secondsOf } from '../../ports/clock.ts';
import type { Outcome } from '../apps/trust-role.ts';
import { type DestroyDeps, destroyKey } from './destroy-key.ts';
import type { RotateDeps } from './rotate.ts';

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

const GENERATION_BYTES = 16;
const CLAIM_TRIES = 5;

type Wait = (ms: number) => Promise<unknown>;

/** Asks the rotate function for one app: it makes the key that is due, or goes on with it. */
export type Rotate = (app: string) => Promise<void>;

/** What {@link configureApp} stores. */
export interface AppChange extends SettingsChange {
  /** Digest of the settings that the change replaces. @default whatever is stored */
  readonly replaces?: string | undefined;
}

/**
 * Stores an app's settings and returns once the app can encrypt with them. Settings that are stored already are done without
 * work: the update that they take back never came, and is refused should it still come.
 *
 * @param requestId of a request that may be repeated or come late: it changes something once. @default none
 * @throws DaykeyError `conflict` when other settings are stored than those to be replaced, another request came in between, or the change was
 * taken back;
 * `unavailable` when no key gets ready: the deployment fails rather than the app's first request; `settings-unreadable`,
 * before anything is stored, for settings that could not be read back.
 */
export async function configureApp(
  deps: Pick<RotateDeps, 'keyRing' | 'clock'> & { rotate: Rotate; wait?: Wait },
  change: AppChange,
  requestId?: string,
): Promise<Outcome> {
  const { app } = change.settings;
  const claimed = await claim(deps, app, requestId);
  if (claimed === undefined) return 'repeated';
  const nowS = secondsOf(deps.clock());
  const { digest, replaces } = change;
  if (replaces !== undefined) {
    // Settings that cannot be read, or have lost their digest, are repaired.
    if (claimed.settings !== undefined && claimed.digest === digest) {
      await deps.keyRing.storeRecord(withdraw(claimed, { from: digest, to: replaces }, nowS), claimed);
      return 'done';
    }
    if (claimed.digest !== undefined && claimed.digest !== replaces) throw replacesOthers(app);
  }
  if (requestId !== undefined && isWithdrawn(claimed, { from: replaces ?? NO_SETTINGS, to: digest }, nowS)) {
    throw new DaykeyError('conflict', `this change of the app ${app} was rolled back: deploy again in two minutes`);
  }
  const newGeneration = () => randomBytes(GENERATION_BYTES).toString('base64url');
  const next = changeSettings(claimed, change, nowS, newGeneration);
  await deps.keyRing.storeRecord(next, claimed);
  await firstKey(deps, app);
  return 'done';
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

/** A request to retire an app. */
export interface RetireRequest {
  /** Of a request that may be repeated or come late: it changes something once. */
  readonly id: string;
  /** Digest of the settings that the app was to have, whether they were stored or not. */
  readonly digest: string;
}

/**
 * Retires an app: makes no new keys and schedules the deletion of every key it has. An app that was never set up is done
 * already, and so is one that is retired and has no key left.
 *
 * @param request @default none: whatever is stored ends
 * @throws DaykeyError `conflict` when another request came in between; AggregateError whose message says why keys are left, in
 * KMS's words.
 */
export async function retireApp(
  deps: DestroyDeps & Pick<RotateDeps, 'keyRing'> & { wait?: Wait },
  app: string,
  request?: RetireRequest,
): Promise<Outcome> {
  if (request === undefined && (await deps.keyRing.readRecord(app)) === undefined) return 'done';
  const claimed = await claim(deps, app, request?.id);
  if (claimed === undefined) return 'repeated';
  const { settings = trustingNoCaller(app) } = claimed;
  const retired = retireRecord(claimed, settings);
  // Where nothing is live, the request that was to set the app up may still come.
  const creation = settings.state !== 'live' && request ? { from: NO_SETTINGS, to: request.digest } : undefined;
  const next = creation ? withdraw(retired, creation, secondsOf(deps.clock())) : retired;
  await deps.keyRing.storeRecord(next, claimed);
  let failures: unknown[] = [];
  for (let tries = 1; tries <= RETIRE_TRIES; tries += 1) {
    if (tries > 1) await (deps.wait ?? sleep)(BETWEEN_RETIRE_TRIES_MS);
    failures = await destroyKeysOf(deps, app);
    if (failures.length === 0) return 'done';
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

/** The record with the request noted in it, which no earlier request can then change; `undefined` for a repeated request. */
async function claim(
  { keyRing }: Pick<RotateDeps, 'keyRing'>,
  app: string,
  requestId: string | undefined,
): Promise<AppRecord | undefined> {
  for (let tries = 1; ; tries += 1) {
    const read = (await keyRing.readRecord(app)) ?? newRecord(app);
    if (requestId === undefined) return read;
    const claimed = claimRequest(read, requestId);
    try {
      return claimed && (await keyRing.storeRecord(claimed, read));
    } catch (error) {
      // Another request was noted first. That one may be the same, or one that this one is to end.
      if (!isDaykeyError(error, 'conflict') || tries === CLAIM_TRIES) throw error;
    }
  }
}

async function firstKey(deps: Parameters<typeof configureApp>[0], app: string): Promise<void> {
  let cause: unknown;
  const untilMs = deps.clock() + PATIENCE_MS;
  for (let tries = 0; tries < TRIES && deps.clock() < untilMs; tries += 1) {
    // A failure may pass: KMS sometimes shows a new key late, and makes five a second.
    await deps.rotate(app).catch((error: unknown) => {
      cause = error;
    });
    const ring = await deps.keyRing.read(app);
    if (ring && ring.settings.state !== 'live')
      throw new DaykeyError('conflict', 'the app was retired in the meantime');
    const keys = ring && (await deps.keyRing.planned(currentHolder(ring.settings)));
    if (keys && isCovered(keys, secondsOf(deps.clock()))) return;
    await (deps.wait ?? sleep)(BETWEEN_TRIES_MS);
  }
  const why = cause === undefined ? 'its canary does not pass' : messagesOf(cause);
  const message = `the first app KEK did not get ready: ${why}. See the log of the rotate function`;
  throw new DaykeyError('unavailable', message, { cause });
}

function replacesOthers(app: string): DaykeyError {
  return new DaykeyError(
    'conflict',
    `the stored settings of the app ${app} are not those that this update replaces: see "An update of an app is refused" in docs/operations.md`,
  );
}

/** What stands for settings that cannot be read. */
function trustingNoCaller(app: string): AppSettings {
  return { app, life: DEFAULT_LIFE, defaultTtlS: DEFAULT_LIFE.maxTtlS, integrations: {}, state: 'retired' };
}
