// Rows of the ring table, checked when they are read: one for the settings of an app, one for each of its slots.

import * as z from 'zod/mini';
import { DaykeyError } from '../../vault/domain/errors.ts';
import type { AppRing, RingSlot } from '../../vault/domain/kek-life/ring.ts';
import type { SlotDates } from '../../vault/domain/kek-life/slot.ts';
import { storedSettings } from '../../vault/domain/settings/stored.ts';
import type { AppSettings } from '../../vault/domain/settings.ts';
import { slotSortKey } from './slot-sort-key.ts';

/** Sort key of the settings of an app. */
const SETTINGS_ROW = 'settings';

const seconds = z.int().check(z.nonnegative());
const positive = z.int().check(z.positive());
const SettingsRow = z.strictObject({ pk: z.string(), sk: z.literal(SETTINGS_ROW), settings: storedSettings });

const SlotRow = z.object({
  pk: z.string(),
  state: z.enum(['claimed', 'created', 'ready', 'lost', 'destroyed']),
  slot: seconds,
  endsAtS: seconds,
  encryptUntilS: seconds,
  decryptUntilS: seconds,
  marginS: seconds,
  maxTtlS: seconds,
  bucketWidthS: positive,
  bucketCount: positive,
  keyArn: z.optional(z.string()),
  tagSalt: z.optional(z.instanceof(Uint8Array)),
  ignoresContext: z.optional(z.boolean()),
  leaseOwner: z.optional(z.string()),
  leaseUntil: z.optional(seconds),
});

/** The dates of a slot as attributes. */
export function dateAttributes(dates: SlotDates): Record<string, number> {
  const { slot, endsAtS, encryptUntilS, decryptUntilS, marginS, maxTtlS, bucketWidthS, bucketCount } = dates;
  return { slot, endsAtS, encryptUntilS, decryptUntilS, marginS, maxTtlS, bucketWidthS, bucketCount };
}

/** Whether a partition holds an app's settings and slots. Tokens and roles have a `#` in theirs, which no app's name has. */
export function isAppPartition(partition: unknown): partition is string {
  return typeof partition === 'string' && !partition.includes('#');
}

/**
 * The ring in the rows of one app; `undefined` without a settings row. A malformed slot is left out, so it
 * neither encrypts nor decrypts.
 *
 * @throws DaykeyError `settings-unreadable` for a settings row that is malformed.
 */
export function readRing(rows: readonly Readonly<Record<string, unknown>>[]): AppRing | undefined {
  const settings = rows.find(({ sk }) => sk === SETTINGS_ROW);
  const slots = rows.map(readSlot).filter((slot) => slot !== undefined);
  return settings && { settings: readSettings(settings), slots: slots.sort((a, b) => b.slot - a.slot) };
}

/** The row that settings are stored in. @throws DaykeyError `settings-unreadable` when it could not be read back. */
export function settingsRow(settings: AppSettings): Record<string, unknown> {
  const row = { pk: settings.app, sk: SETTINGS_ROW, settings };
  readSettings(row);
  return row;
}

/** The slot in a row, or `undefined` when it is not one. */
export function readSlot(row: Readonly<Record<string, unknown>>): RingSlot | undefined {
  const parsed = SlotRow.safeParse(row);
  if (!parsed.success || row.sk !== slotSortKey(parsed.data.slot)) return undefined;
  const { pk: app, keyArn, tagSalt, ignoresContext, leaseOwner, leaseUntil, ...slot } = parsed.data;
  return {
    ...slot,
    app,
    ...(keyArn !== undefined && { keyArn }),
    ...(tagSalt !== undefined && { tagSalt: Buffer.from(tagSalt) }),
    ...(ignoresContext === true && { ignoresContext }),
    ...(leaseOwner !== undefined && leaseUntil !== undefined && { lease: { owner: leaseOwner, untilS: leaseUntil } }),
  };
}

function readSettings(row: Readonly<Record<string, unknown>>): AppSettings {
  const { data, error } = SettingsRow.safeParse(row);
  if (data && data.settings.app === data.pk) return data.settings;
  const paths = error?.issues.map(({ path }) => path.join('.')) ?? ['settings.app'];
  throw new DaykeyError('settings-unreadable', `the settings row of the app ${row.pk} is malformed`, { paths });
}
