// What is left of apps when they are gone: their keys are scheduled for deletion, their secret and their blobs deleted.

import { setTimeout as sleep } from 'node:timers/promises';
import type { AppRecord } from '../../domain/app-record.ts';
import { endRecord, isPastReturn, withoutRemains } from '../../domain/app-state.ts';
import { messagesOf } from '../../domain/errors.ts';
import type { KeyHolder } from '../../domain/kek-life/holder.ts';
import type { AppRegister } from '../../ports/app-register.ts';
import { secondsOf } from '../../ports/clock.ts';
import type { KeyRingWriter } from '../../ports/key-ring.ts';
import { type DestroyDeps, destroyKey } from '../keys/destroy-key.ts';
import { RESERVED_MS } from './first-keys.ts';
import { type StoreDeps, storeApp } from './store-app.ts';

export interface EndDeps extends DestroyDeps {
  readonly keyRing: DestroyDeps['keyRing'] & StoreDeps['keyRing'] & Pick<KeyRingWriter, 'slotsOf'>;
  readonly register: Pick<AppRegister, 'ending'>;
  /** Deletes what is stored of an app besides its bundles: blobs, entries in the log. */
  readonly removeContent: (app: string) => Promise<unknown>;
  /** How long the function may still run, in milliseconds. */
  readonly remainingMs: () => number;
  /** @default real time */
  readonly wait?: ((ms: number) => Promise<unknown>) | undefined;
}

/** What ending one app needs. */
export type EndOneDeps = Omit<EndDeps, 'register' | 'remainingMs'>;

/** How often the keys of a holder are gone through. Between two tries a throttled KMS has time to recover. */
const DESTROY_TRIES = 4;
const BETWEEN_TRIES_MS = 15_000;

/**
 * Ends the apps whose retirement can no longer be taken back, and counts those that are detached. When its time is over, it leaves
 * the other apps to the next run.
 *
 * @throws AggregateError of the apps of which something is left; the next run tries again.
 */
export async function endRetired(deps: EndDeps): Promise<void> {
  const { keyRing, clock, telemetry } = deps;
  const failures: unknown[] = [];
  let detached = 0;
  for (const app of await deps.register.ending()) {
    const record = await keyRing.readRecord(app);
    const state = record?.settings?.state;
    if (state === 'detached') detached += 1;
    if (record === undefined || !isPastReturn(record, secondsOf(clock())) || deps.remainingMs() < RESERVED_MS) continue;
    await endApp(deps, app).catch((error: unknown) => {
      telemetry.note('something of a retired app is left', { app, cause: messagesOf(error) });
      failures.push(error);
    });
  }
  telemetry.count('DetachedApps', detached);
  if (failures.length > 0) throw new AggregateError(failures, `of ${failures.length} retired apps something is left`);
}

/** Ends an app that is retired or gone, for good. May be cut off anywhere and repeated. */
export async function endApp(deps: EndOneDeps, app: string): Promise<void> {
  const nowS = secondsOf(deps.clock());
  // From here on nothing can take it back, so that no key is destroyed of an app that is live again.
  const ending = await storeApp(deps, app, (record) =>
    record.settings?.state === 'retired' && isPastReturn(record, nowS) ? endRecord(record, nowS) : record,
  );
  if (isDone(ending)) return;
  await destroyKeysOf(deps, { app });
  await deps.removeContent(app);
  await storeApp(deps, app, (record) => (isDone(record) ? record : withoutRemains(record, secondsOf(deps.clock()))));
}

function isDone({ settings, hasRemains }: AppRecord): boolean {
  return settings?.state !== 'gone' || !hasRemains;
}

/** Schedules the deletion of every key of a holder. @throws AggregateError whose message says why some are left, in KMS's words. */
export async function destroyKeysOf(deps: EndOneDeps, holder: KeyHolder): Promise<void> {
  let failures: unknown[] = [];
  for (let tries = 1; tries <= DESTROY_TRIES; tries += 1) {
    if (tries > 1) await (deps.wait ?? sleep)(BETWEEN_TRIES_MS);
    failures = [];
    // Read each time, since a rotator may just have made a key.
    for (const slot of await deps.keyRing.slotsOf(holder)) {
      const { state, keyArn } = slot;
      if (state === 'destroyed' || keyArn === undefined) continue;
      // A key that cannot be destroyed does not stop the others.
      await destroyKey(deps, { ...slot, keyArn }).catch((error: unknown) => failures.push(error));
    }
    if (failures.length === 0) return;
  }
  const why = messagesOf(new AggregateError(failures));
  throw new AggregateError(failures, `${failures.length} keys could not be destroyed: ${why}`);
}
