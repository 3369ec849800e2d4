// The states of an app that is not live: detached, retired, gone. What each does to its record, and what can still come of it.

import { type AppRecord, type EndedGeneration, MAX_ENDED, RESTORABLE_S, RETIRED } from './app-record.ts';
import { DEFAULT_LIFE } from './kek-life/life.ts';
import type { AppSettings } from './settings.ts';

/** Longer than the function that ends apps runs, in seconds. */
export const LONGEST_RUN_S = 11 * 60;

/** The record of an app that vanished from the settings. Its integrations keep their generations. */
export function detachRecord(record: AppRecord, nowS: number): AppRecord {
  const settings = record.settings ?? trustingNoCaller(record.app);
  if (settings.state !== 'live') return record;
  return { ...record, settings: { ...settings, state: 'detached' }, sinceS: nowS };
}

/** The record of an app that is to end. For an hour, the exact reverse brings its generations back. */
export function retireRecord(record: AppRecord, nowS: number): AppRecord {
  const { settings = trustingNoCaller(record.app), digest } = record;
  if (settings.state === 'retired' || settings.state === 'gone') return record;
  const ended = Object.entries(record.generations).flatMap(([integration, generation]): EndedGeneration[] =>
    digest === undefined ? [] : [{ integration, generation, from: digest, to: RETIRED, endedAtS: nowS }],
  );
  return {
    ...record,
    settings: { ...settings, state: 'retired' },
    sinceS: nowS,
    digest: RETIRED,
    generations: {},
    ended: ended.slice(-MAX_ENDED),
  };
}

/** The record of an app that is never to come back as it was, whose remains are to be destroyed now. */
export function endRecord(record: AppRecord, nowS: number): AppRecord {
  return {
    ...record,
    settings: { ...(record.settings ?? trustingNoCaller(record.app)), state: 'gone' },
    sinceS: nowS,
    hasRemains: true,
    digest: RETIRED,
    generations: {},
    ended: [],
    addedRoles: [],
  };
}

/** The record of an app that is gone and of which nothing is left any more. */
export function withoutRemains(record: AppRecord, nowS: number): AppRecord {
  return { ...record, sinceS: nowS, hasRemains: false };
}

/**
 * Whether what is left of an app is being destroyed: an app that is set up now would lose its keys, its secret and its blobs.
 * Several runs may be destroying it, and the last of them may end long after the first has noted that nothing is left.
 */
export function isBeingDestroyed(record: AppRecord, nowS: number): boolean {
  const mayBeAtWork = record.settings?.state === 'gone' && nowS - record.sinceS < LONGEST_RUN_S;
  return isPastReturn(record, nowS) && (isEnding(record) || mayBeAtWork);
}

/** Whether something is still to come of an app that is not live: its return, or its end. */
export function isEnding({ settings, hasRemains }: AppRecord): boolean {
  return settings?.state === 'detached' || settings?.state === 'retired' || (settings?.state === 'gone' && hasRemains);
}

/** Whether a retired app can no longer be taken back. */
export function isPastReturn({ settings, sinceS }: AppRecord, nowS: number): boolean {
  return settings?.state === 'gone' || (settings?.state === 'retired' && nowS - sinceS >= RESTORABLE_S);
}

/** What stands for settings that cannot be read, or were never stored. */
function trustingNoCaller(app: string): AppSettings {
  return { app, life: DEFAULT_LIFE, defaultTtlS: DEFAULT_LIFE.maxTtlS, integrations: {}, state: 'live' };
}
