// A live app as the benches store it: one integration, the default life of keys.

import { recordKey } from '../../lambda/dynamo/ring-key.ts';
import { newRecord } from '../../vault/domain/app-record.ts';
import { DEFAULT_LIFE } from '../../vault/domain/kek-life/life.ts';
import { changedMembers } from '../../vault/domain/settings/stored-record.ts';
import type { AppSettings } from '../../vault/domain/settings.ts';

/** Generation of the integration `web`. As long as a real one. */
export const GENERATION = 'AAAAAAAAAAAAAAAAAAAAAA';

/** @param keys the pool whose keys the app uses. @default its own keys */
export function liveSettings(app: string, keys?: { readonly pool: number }): AppSettings {
  return {
    app,
    life: DEFAULT_LIFE,
    defaultTtlS: DEFAULT_LIFE.maxTtlS,
    integrations: { web: { kind: 'messaging', processSensitive: false, roles: [] } },
    ...(keys && { keys }),
    state: 'live',
  };
}

/** The row of an app with these settings in the ring table. */
export function appRow(settings: AppSettings): Record<string, unknown> {
  const empty = newRecord(settings.app);
  const record = { ...empty, settings, generations: { web: GENERATION } };
  return { ...recordKey(settings.app), ...changedMembers(record, empty) };
}
