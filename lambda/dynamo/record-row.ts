// The row of an app's record in the ring table, checked when it is read.

import * as z from 'zod/mini';
import { APP_OWNERS, type AppRecord, withAddedRoles } from '../../vault/domain/app-record.ts';
import { DaykeyError } from '../../vault/domain/errors.ts';
import type { AppRing } from '../../vault/domain/kek-life/ring.ts';
import { storedSettings } from '../../vault/domain/settings/stored.ts';
import type { Item, ItemKey } from './calls.ts';

/** Sort key of the record of an app. */
export const RECORD_ROW = 'settings';

const count = z.int().check(z.nonnegative());
const generations = z.record(z.string(), z.string());
const ended = z.array(
  z.strictObject({
    integration: z.string(),
    generation: z.string(),
    from: z.string(),
    to: z.string(),
    endedAtS: count,
  }),
);

const withdrawn = z.array(z.strictObject({ from: z.string(), to: z.string(), untilS: count }));
const addedRoles = z.array(z.strictObject({ id: z.string(), integration: z.string(), role: z.string() }));

const formerPools = z.array(z.strictObject({ pool: z.union([z.literal('own'), count]), untilS: count }));

/** What requests depend on. The other attributes are only for changes. */
const TrustRow = z.object({
  pk: z.string(),
  sk: z.literal(RECORD_ROW),
  settings: storedSettings,
  generations,
  addedRoles: z.optional(addedRoles),
  formerPools: z.optional(formerPools),
});

/** Key of the record of an app. */
export function recordKey(app: string): ItemKey {
  return { pk: app, sk: RECORD_ROW };
}

/**
 * The attributes in which a record differs from the one that was read. The others stay as they are, even where they could not
 * be read.
 *
 * @throws DaykeyError `settings-unreadable` when settings could not be read back.
 */
export function changedAttributes(record: AppRecord, before: AppRecord): Item {
  const { settings, generations, addedRoles, formerPools } = record;
  if (settings !== undefined) readTrust({ ...recordKey(record.app), settings, generations, addedRoles, formerPools });
  const { app, ...attributes } = record;
  const names = Object.keys(attributes) as (keyof typeof attributes)[];
  const changed = names.filter((name) => attributes[name] !== undefined && attributes[name] !== before[name]);
  return Object.fromEntries([...changed, 'version' as const].map((name) => [name, attributes[name]]));
}

/**
 * Settings, generations and former pools in the row of a record; `undefined` when it has none.
 *
 * @throws DaykeyError `settings-unreadable` when they are malformed.
 */
export function readTrust(row: Item | undefined): Omit<AppRing, 'slots'> | undefined {
  if (row === undefined || isClaimedOnly(row)) return undefined;
  const { data, error } = TrustRow.safeParse(row);
  if (data && data.settings.app === data.pk) {
    const settings = withAddedRoles(data.settings, data.addedRoles ?? []);
    return { settings, generations: data.generations, formerPools: data.formerPools ?? [] };
  }
  const paths = error?.issues.map(({ path }) => path.join('.')) ?? ['settings.app'];
  throw new DaykeyError('settings-unreadable', `the settings row of the app ${row.pk} is malformed`, { paths });
}

/** Whether a request has claimed the row and stored nothing yet. A row that lost its settings has more in it. */
function isClaimedOnly({ settings, generations, requests, epoch }: Item): boolean {
  return settings === undefined && generations === undefined && (requests !== undefined || epoch !== undefined);
}

/** The record in a row. What is malformed is left out: the next change replaces it. */
export function readRecord(app: string, row: Item): AppRecord {
  const settings = storedSettings.safeParse(row.settings).data;
  return {
    app,
    owner: z.enum(APP_OWNERS).safeParse(row.owner).data ?? 'stack',
    epoch: count.safeParse(row.epoch).data ?? 0,
    sinceS: count.safeParse(row.sinceS).data ?? 0,
    hasRemains: row.hasRemains === true,
    version: count.safeParse(row.version).data ?? 0,
    requests: z.array(z.string()).safeParse(row.requests).data ?? [],
    settings: settings?.app === app ? settings : undefined,
    digest: z.string().safeParse(row.digest).data,
    generations: generations.safeParse(row.generations).data ?? {},
    ended: ended.safeParse(row.ended).data ?? [],
    withdrawn: withdrawn.safeParse(row.withdrawn).data ?? [],
    addedRoles: addedRoles.safeParse(row.addedRoles).data ?? [],
    formerPools: formerPools.safeParse(row.formerPools).data ?? [],
  };
}
