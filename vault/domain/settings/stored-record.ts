// The records of an app and of a vault as they are stored, checked when they are read back.

import * as z from 'zod/mini';
import { APP_OWNERS, type AppRecord, newRecord, withAddedRoles } from '../app-record.ts';
import { DaykeyError } from '../errors.ts';
import type { AppRing } from '../kek-life/ring.ts';
import { newVaultRecord, type VaultRecord } from '../vault-record.ts';
import { storedLife, storedSettings } from './stored.ts';

/** What a store gives back. */
type Stored = Readonly<Record<string, unknown>>;

const count = z.int().check(z.nonnegative());
const text = z.string();

const generations = z.record(text, text);
const addedRoles = z.array(z.strictObject({ id: text, integration: text, role: text }));
const formerPools = z.array(z.strictObject({ pool: z.union([z.literal('own'), count]), untilS: count }));

/** What requests depend on. The other members are only for changes. */
const trust = z.object({
  settings: storedSettings,
  generations,
  addedRoles: z.optional(addedRoles),
  formerPools: z.optional(formerPools),
});

/** The requests that a record has seen. */
const requests = {
  requests: z.array(text),
  withdrawn: z.array(z.strictObject({ from: text, to: text, untilS: count })),
};

const record = {
  ...requests,
  owner: z.enum(APP_OWNERS),
  epoch: count,
  sinceS: count,
  hasRemains: z.boolean(),
  version: count,
  settings: storedSettings,
  digest: text,
  generations,
  ended: z.array(z.strictObject({ integration: text, generation: text, from: text, to: text, endedAtS: count })),
  addedRoles,
  formerPools,
};

const vault = {
  ...requests,
  version: count,
  resource: text,
  digest: text,
  isApplied: z.boolean(),
  documents: z.array(text),
  vault: z.strictObject({
    life: storedLife,
    keyPools: count,
    deletionWindowDays: count,
    allowShortCycles: z.boolean(),
    hasConsole: z.boolean(),
  }),
};

/** The record of an app. What is malformed is left out: the next change replaces it. */
export function readRecord(app: string, stored: Stored): AppRecord {
  const members = wellFormed(record, stored);
  const settings = members.settings?.app === app ? members.settings : undefined;
  return { ...newRecord(app), ...members, settings };
}

/** The record of the vault. What is malformed is left out: the next deployment replaces it. */
export function readVaultRecord(stored: Stored): VaultRecord {
  return { ...newVaultRecord(), ...wellFormed(vault, stored) };
}

/** The members that are well formed. */
function wellFormed<Schemas extends Readonly<Record<string, z.ZodMiniType>>>(schemas: Schemas, stored: Stored) {
  const read = Object.entries(schemas).map(([name, schema]) => [name, schema.safeParse(stored[name])] as const);
  return Object.fromEntries(read.filter(([, { success }]) => success).map(([name, { data }]) => [name, data])) as {
    readonly [name in keyof Schemas]?: z.output<Schemas[name]>;
  };
}

/**
 * Settings, generations and former pools of an app; `undefined` when it has none.
 *
 * @throws DaykeyError `settings-unreadable` when they are malformed.
 */
export function readTrust(app: string, stored: Stored): Omit<AppRing, 'slots'> | undefined {
  if (isClaimedOnly(stored)) return undefined;
  const { data, error } = trust.safeParse(stored);
  if (data?.settings.app === app) {
    const settings = withAddedRoles(data.settings, data.addedRoles ?? []);
    return { settings, generations: data.generations, formerPools: data.formerPools ?? [] };
  }
  const paths = error?.issues.map(({ path }) => path.join('.')) ?? ['settings.app'];
  throw new DaykeyError('settings-unreadable', `the settings row of the app ${app} is malformed`, { paths });
}

/** Whether a request has claimed the record and stored nothing yet. A record that lost its settings has more in it. */
function isClaimedOnly(stored: Stored): boolean {
  return (
    stored.settings === undefined &&
    stored.generations === undefined &&
    (stored.requests !== undefined || stored.epoch !== undefined)
  );
}

/**
 * The members in which a record differs from the one that was read. The others stay as they are, even where they could not be
 * read.
 *
 * @throws DaykeyError `settings-unreadable` when settings could not be read back.
 */
export function changedMembers(record: AppRecord, before: AppRecord): Stored {
  if (record.settings !== undefined) readTrust(record.app, { ...record });
  const { app, ...members } = record;
  const names = Object.keys(members) as (keyof typeof members)[];
  const changed = names.filter((name) => members[name] !== undefined && members[name] !== before[name]);
  return Object.fromEntries([...changed, 'version' as const].map((name) => [name, members[name]]));
}
