// Waits until apps can encrypt: their holders get the keys that they need now.

import { setTimeout as sleep } from 'node:timers/promises';
import { DaykeyError, messagesOf } from '../../domain/errors.ts';
import { holderName } from '../../domain/kek-life/holder.ts';
import { isCovered } from '../../domain/kek-life/plan.ts';
import { currentHolder } from '../../domain/kek-life/upkeep.ts';
import type { AppSettings } from '../../domain/settings.ts';
import { type Clock, secondsOf } from '../../ports/clock.ts';
import type { KeyRingWriter } from '../../ports/key-ring.ts';
import { fulfilled, settledInTurn } from '../settled-in-turn.ts';

export interface FirstKeysDeps {
  readonly clock: Clock;
  readonly keyRing: Pick<KeyRingWriter, 'readRecord' | 'slotsOf'>;
  /** Has the rotator make the keys that an app needs now, or go on with them. */
  readonly rotate: (app: string) => Promise<void>;
  /** How long the function may still run, in milliseconds. */
  readonly remainingMs: () => number;
  /** @default real time */
  readonly wait?: ((ms: number) => Promise<unknown>) | undefined;
}

/** KMS makes five keys a second for an account and Region (AWS KMS developer guide, request quotas), each with its canary. */
const HOLDERS_AT_ONCE = 5;
// Together longer than a lease: an earlier rotator may have been cut off.
const TRIES = 60;
const BETWEEN_TRIES_MS = 3000;
/** Time that a function keeps back, in milliseconds, to finish what it has begun and answer. */
export const RESERVED_MS = 90_000;

/**
 * Returns once every live app among these has keys that encrypt now, or `false` when the time is over before that.
 *
 * @throws DaykeyError `unavailable` for a key that does not get ready: the deployment fails rather than the app's first request.
 */
export async function firstKeys(deps: FirstKeysDeps, apps: readonly AppSettings[]): Promise<boolean> {
  // One app asks for all that share its keys.
  const byHolder = new Map(apps.map((settings) => [holderName(currentHolder(settings)), settings]));
  const areReady = fulfilled(
    await settledInTurn([...byHolder.values()], HOLDERS_AT_ONCE, (settings) => firstKey(deps, settings)),
  );
  return areReady.every(Boolean);
}

/** Whether the holder of an app's keys has one that encrypts now. */
async function hasKey({ keyRing, clock }: FirstKeysDeps, settings: AppSettings): Promise<boolean> {
  const holder = currentHolder(settings);
  const slots = await keyRing.slotsOf(holder);
  return isCovered({ holder, life: settings.life, retired: false, slots }, secondsOf(clock()));
}

async function firstKey(deps: FirstKeysDeps, settings: AppSettings): Promise<boolean> {
  const { app } = settings;
  let cause: unknown;
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (await hasKey(deps, settings)) return true;
    if (deps.remainingMs() < RESERVED_MS) return false;
    // A failure may pass: KMS sometimes shows a new key late, and makes five a second.
    await deps.rotate(app).catch((error: unknown) => {
      cause = error;
    });
    if (await hasKey(deps, settings)) return true;
    const { settings: stored } = (await deps.keyRing.readRecord(app)) ?? {};
    if (stored !== undefined && stored.state !== 'live') {
      throw new DaykeyError('conflict', `the app ${app} was ended in the meantime`);
    }
    await (deps.wait ?? sleep)(BETWEEN_TRIES_MS);
  }
  const why = cause === undefined ? 'its canary does not pass' : messagesOf(cause);
  const message = `the first app KEK of ${app} did not get ready: ${why}. See the log of the rotate function`;
  throw new DaykeyError('unavailable', message, { cause });
}
