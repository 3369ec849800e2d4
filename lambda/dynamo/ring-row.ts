// The rows of the ring table, checked on the way out: one of settings and one of each slot of an app.

import * as z from 'zod/mini';
import type { AppRing, RingSlot } from '../../vault/domain/kek-life/ring.ts';
import type { SlotDates } from '../../vault/domain/kek-life/slot.ts';
import { checkEntryTypes } from '../../vault/domain/policy/check-entry-types.ts';
import type { EntryTypes } from '../../vault/domain/policy/entry-type.ts';
import { type AppSettings, INTEGRATION_KINDS } from '../../vault/domain/settings.ts';

/** Sort key of the settings of an app. */
export const SETTINGS_ROW = 'settings';

const SLOT_DIGITS = 12;

const seconds = z.int().check(z.nonnegative());
const SettingsRow = z.object({
  sk: z.literal(SETTINGS_ROW),
  settings: z.object({
    app: z.string(),
    life: z.object({ cycleS: seconds, leadS: seconds, graceS: seconds, maxTtlS: seconds, marginS: seconds }),
    defaultTtlS: seconds,
    integrations: z.record(
      z.string(),
      z.object({
        kind: z.enum(INTEGRATION_KINDS),
        processSensitive: z.boolean(),
        // Absent from rows of the time when tokens were the only identity.
        roles: z._default(z.array(z.string()), []),
      }),
    ),
    // Absent from rows of the time when there were no entries.
    sensitiveData: z.optional(
      z.object({
        ...{
          enabled: z.optional(z.boolean()),
          transport: z.optional(z.boolean()),
          transcript: z.optional(z.boolean()),
        },
        entryTypes: z.optional(z.custom<EntryTypes>((value) => checkEntryTypes(value).length === 0)),
      }),
    ),
    retired: z.boolean(),
  }),
});

const SlotRow = z.object({
  pk: z.string(),
  state: z.enum(['claimed', 'created', 'ready', 'lost', 'destroyed']),
  slot: seconds,
  endsAt: seconds,
  encryptUntil: seconds,
  decryptUntil: seconds,
  margin: seconds,
  maxTtl: seconds,
  keyArn: z.optional(z.string()),
  tagSalt: z.optional(z.instanceof(Uint8Array)),
  leaseOwner: z.optional(z.string()),
  leaseUntil: z.optional(seconds),
});

/** Sort key of a slot: padded, so that the order of keys is the order of time. */
export function slotRowOf(slot: number): string {
  return `slot#${String(slot).padStart(SLOT_DIGITS, '0')}`;
}

/** The dates of a slot as attributes. */
export function dateAttributesOf(dates: SlotDates): Record<string, number> {
  return {
    slot: dates.slot,
    endsAt: dates.endsAtS,
    encryptUntil: dates.encryptUntilS,
    decryptUntil: dates.decryptUntilS,
    margin: dates.marginS,
    maxTtl: dates.maxTtlS,
  };
}

/**
 * The ring in the rows of one app. `undefined` without settings that hold: an app that nobody can vouch for is not
 * served. A malformed slot is left out: it neither encrypts nor decrypts.
 */
export function ringOf(rows: readonly Readonly<Record<string, unknown>>[]): AppRing | undefined {
  const settings = rows.map(settingsOf).find((found) => found !== undefined);
  const slots = rows.map(slotOf).filter((slot) => slot !== undefined);
  return settings && { settings, slots: slots.sort((a, b) => b.slot - a.slot) };
}

/** The slot in a row, or `undefined` when it is not one. */
export function slotOf(row: Readonly<Record<string, unknown>>): RingSlot | undefined {
  const parsed = SlotRow.safeParse(row);
  if (!parsed.success || row.sk !== slotRowOf(parsed.data.slot)) return undefined;
  const { pk, state, slot, keyArn, tagSalt, leaseOwner, leaseUntil, ...dates } = parsed.data;
  return {
    app: pk,
    state,
    slot,
    endsAtS: dates.endsAt,
    encryptUntilS: dates.encryptUntil,
    decryptUntilS: dates.decryptUntil,
    marginS: dates.margin,
    maxTtlS: dates.maxTtl,
    ...(keyArn !== undefined && { keyArn }),
    ...(tagSalt !== undefined && { tagSalt: Buffer.from(tagSalt) }),
    ...(leaseOwner !== undefined && leaseUntil !== undefined && { lease: { owner: leaseOwner, untilS: leaseUntil } }),
  };
}

function settingsOf(row: Readonly<Record<string, unknown>>): AppSettings | undefined {
  const parsed = SettingsRow.safeParse(row);
  return parsed.success && parsed.data.settings.app === row.pk ? parsed.data.settings : undefined;
}
