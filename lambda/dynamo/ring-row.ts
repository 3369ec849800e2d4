// Rows of the ring table, checked when they are read: one for the record of an app, one for each of its slots.

import * as z from 'zod/mini';
import { holderNamed, type KeyHolder } from '../../vault/domain/kek-life/holder.ts';
import { type AppRing, type RingSlot, SLOT_STATES } from '../../vault/domain/kek-life/ring.ts';
import type { SlotDates } from '../../vault/domain/kek-life/slot.ts';
import { readTrust } from '../../vault/domain/settings/stored-record.ts';
import { RING_TABLE } from '../config.ts';
import type { Item } from './calls.ts';
import { RECORD_ROW, slotSortKey } from './ring-key.ts';

const seconds = z.int().check(z.nonnegative());
const positive = z.int().check(z.positive());

const SlotRow = z.object({
  state: z.enum(SLOT_STATES),
  slot: seconds,
  endsAtS: seconds,
  encryptUntilS: seconds,
  decryptUntilS: seconds,
  marginS: seconds,
  maxTtlS: seconds,
  bucketWidthS: positive,
  bucketCount: positive,
  keyArn: z.exactOptional(z.string()),
  goneAtS: z.exactOptional(seconds),
  salt: z.exactOptional(z.instanceof(Uint8Array)),
  ignoresContext: z.optional(z.boolean()),
  leaseOwner: z.optional(z.string()),
  leaseUntil: z.optional(seconds),
});

/** The dates of a slot as attributes. */
export function dateAttributes(dates: SlotDates): Record<string, number> {
  const { slot, endsAtS, encryptUntilS, decryptUntilS, marginS, maxTtlS, bucketWidthS, bucketCount } = dates;
  return { slot, endsAtS, encryptUntilS, decryptUntilS, marginS, maxTtlS, bucketWidthS, bucketCount };
}

/** Whether a text may be the name of an app. Partitions of tokens, roles and slots have a `#`, which no app's name has. */
export function isAppName(text: string): boolean {
  return !text.includes('#');
}

/** The holder whose slots and plan lie in a partition; `undefined` for a partition of another kind. */
export function holderOfPartition(partition: unknown): KeyHolder | undefined {
  const text = String(partition);
  return text.startsWith(RING_TABLE.slots) ? holderNamed(text.slice(RING_TABLE.slots.length)) : undefined;
}

/**
 * The ring in the rows of one app; `undefined` without settings. A malformed slot is left out, so it
 * neither encrypts nor decrypts.
 *
 * @throws DaykeyError `settings-unreadable` for settings or generations that are malformed.
 */
export function readRing(rows: readonly Item[]): AppRing | undefined {
  const record = rows.find(({ sk }) => sk === RECORD_ROW);
  const trust = record && readTrust(String(record.pk), record);
  return trust && { ...trust, slots: readSlots(rows) };
}

/** The slots in rows of one holder, newest first. A malformed slot is left out. */
export function readSlots(rows: readonly Item[]): RingSlot[] {
  const slots = rows.map(readSlot).filter((slot) => slot !== undefined);
  return slots.sort((a, b) => b.slot - a.slot);
}

/** The slot in a row, or `undefined` when it is not one. */
export function readSlot(row: Item): RingSlot | undefined {
  const parsed = SlotRow.safeParse(row);
  if (!parsed.success || row.sk !== slotSortKey(parsed.data.slot)) return undefined;
  const holder = holderOfPartition(row.pk);
  if (holder === undefined) return undefined;
  const { salt, ignoresContext, leaseOwner, leaseUntil, ...slot } = parsed.data;
  return {
    ...slot,
    holder,
    ...(salt !== undefined && { salt: Buffer.from(salt) }),
    ...(ignoresContext === true && { ignoresContext }),
    ...(leaseOwner !== undefined && leaseUntil !== undefined && { lease: { owner: leaseOwner, untilS: leaseUntil } }),
  };
}
