// Sets one app up, or ends it at once: for vaults in memory, which have no stack.

import type { AppRecord } from '../../domain/app-record.ts';
import { endRecord } from '../../domain/app-state.ts';
import type { AppSettings } from '../../domain/settings.ts';
import { follow } from '../../domain/target.ts';
import { secondsOf } from '../../ports/clock.ts';
import { newGeneration } from './apply-settings.ts';
import { type EndOneDeps, endApp } from './end-app.ts';
import { type FirstKeysDeps, firstKeys } from './first-keys.ts';
import { type StoreDeps, storeApp } from './store-app.ts';

type SetUpDeps = Omit<FirstKeysDeps, 'remainingMs' | 'keyRing'> & {
  readonly keyRing: FirstKeysDeps['keyRing'] & StoreDeps['keyRing'];
};

/** Stores the settings of an app and returns once it can encrypt. @throws as {@link firstKeys} and `storeApp` do. */
export async function setUpApp(deps: SetUpDeps, settings: AppSettings): Promise<void> {
  const set = (record: AppRecord) => follow(record, settings, 'stack', secondsOf(deps.clock()), newGeneration);
  const stored = await storeApp(deps, settings.app, set);
  await firstKeys({ ...deps, remainingMs: () => Number.POSITIVE_INFINITY }, [stored.settings ?? settings]);
}

/** Ends an app for good, without the hour in which it could be taken back. @throws as {@link endApp} does. */
export async function endAppAtOnce(deps: EndOneDeps, app: string): Promise<void> {
  await storeApp(deps, app, (record) => endRecord(record, secondsOf(deps.clock())));
  await endApp(deps, app);
  // No other run is at work here, so the name is free at once.
  await storeApp(deps, app, (record) => ({ ...record, sinceS: 0 }));
}
