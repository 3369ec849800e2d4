// The ring of one app: its slots with their keys, and which of them encrypts now.

import type { FormerPool, Generations } from '../app-record.ts';
import type { AppHalf } from '../envelope/app-half.ts';
import { type AppSettings, currentPool } from '../settings.ts';
import { type KeyHolder, type KeyPool, keyHolder, poolOf } from './holder.ts';
import type { KekLife } from './life.ts';
import { latestExpiryS, type SlotDates } from './slot.ts';

/**
 * How far a slot's key has come.
 *
 * `claimed`: a rotator is making the key. `created`: the key exists, its canary has not passed yet.
 * `ready`: encrypts and decrypts. `lost`: KMS no longer lets it encrypt; it only decrypts, if that.
 * `destroyed`: deletion is scheduled and the salt is gone.
 */
export const SLOT_STATES = ['claimed', 'created', 'ready', 'lost', 'destroyed'] as const;
export type SlotState = (typeof SLOT_STATES)[number];

/** One slot, as stored. */
export interface RingSlot extends SlotDates {
  readonly holder: KeyHolder;
  readonly state: SlotState;
  /** ARN of the KMS key; absent while claimed. */
  readonly keyArn?: string;
  /** When KMS deletes the key, or up to a day later, in seconds since 1970; set once its deletion is scheduled. */
  readonly goneAtS?: number;
  /** 32 random bytes, gone once destroyed: key of an app's subject tags, and for a pool's slot salt of every app's half. */
  readonly salt?: Buffer;
  /** Makes the half of the app whose ring this is, of a pool's slot, or finds it. Never stored. */
  readonly half?: () => AppHalf;
  /** Set where KMS, an emulator, does not judge encryption contexts: it then refuses at T1 and T2 only. */
  readonly ignoresContext?: true;
  /** The rotator that works on this slot, and until when, in seconds, no other rotator does. */
  readonly lease?: { readonly owner: string; readonly untilS: number };
}

/** A slot whose key may be used. */
export type UsableSlot = RingSlot & { readonly keyArn: string; readonly salt: Buffer };

/** Settings, generations and slots of one app. */
export interface AppRing {
  readonly settings: AppSettings;
  readonly generations: Generations;
  /** Keys that the app used before. @default none */
  readonly formerPools?: readonly FormerPool[] | undefined;
  /** Newest slot first. */
  readonly slots: readonly RingSlot[];
}

/** The slots of one holder, and what decides which slots it needs. */
export interface HolderRing {
  readonly holder: KeyHolder;
  /** How long keys that are made now live. */
  readonly life: KekLife;
  /** Set once no key is made for the holder any more. */
  readonly retired: boolean;
  /** Newest slot first. */
  readonly slots: readonly RingSlot[];
}

/** Whose keys an app may need: those that it uses now first, then those that it has left. */
export function keyHolders({ settings, formerPools = [] }: Omit<AppRing, 'slots'>, nowS: number): KeyHolder[] {
  const former = formerPools.filter(({ untilS }) => nowS < untilS).map(({ pool }) => pool);
  return [currentPool(settings), ...former].map((pool) => keyHolder(settings.app, pool));
}

/** Whether KMS may serve the slot's key. */
export function isServed({ state, keyArn, salt }: RingSlot): boolean {
  return (state === 'ready' || state === 'lost') && keyArn !== undefined && salt !== undefined;
}

/** Whether the slot's key may be asked to encrypt or decrypt at all. Of a pool's slot, an app needs its half. */
export function isUsable(slot: RingSlot): slot is UsableSlot {
  return isServed(slot) && (slot.half !== undefined || 'app' in slot.holder);
}

/** The 32 bytes that key an app's subject tags and attach proofs in this slot. */
export function tagSalt({ salt, half }: UsableSlot): Buffer {
  return half?.().tagSalt ?? salt;
}

/** Whether the slot was made for this life, so that it accepts and keeps values as it says. */
export function isMadeFor(slot: SlotDates, life: KekLife): boolean {
  return slot.maxTtlS === life.maxTtlS && slot.marginS === life.marginS;
}

/** How long before T1 writers stop using a slot, in seconds: half of its grace, at most 60. */
export function safetyS(dates: SlotDates): number {
  return Math.min(60, Math.floor((dates.encryptUntilS - dates.endsAtS) / 2));
}

/** The slot to encrypt under: {@link servingSlot} of those whose keys the app may use. `undefined` when none is left. */
export function slotForEncryption({ settings, slots }: AppRing, nowS: number): UsableSlot | undefined {
  return servingSlot(settings, slots.filter(isUsable), nowS);
}

/**
 * The slot that serves, with the maximum that holds now: the newest ready one that is active, of those made for today's
 * settings if there are any. A slot past its end serves on through its grace when none is active, and one of keys that the app
 * has left until those that it uses now are ready.
 */
export function servingSlot<Slot extends RingSlot>(
  settings: AppSettings,
  slots: readonly Slot[],
  nowS: number,
): Slot | undefined {
  const { life } = settings;
  const serving = slots.filter(
    (slot) => slot.state === 'ready' && slot.slot <= nowS && nowS < slot.encryptUntilS - safetyS(slot),
  );
  const active = serving.filter(({ endsAtS }) => nowS < endsAtS);
  const current = active.filter(({ holder }) => poolOf(holder) === currentPool(settings));
  const eligible = [current, active, serving].find(({ length }) => length > 0) ?? [];
  const slot = eligible.find((candidate) => isMadeFor(candidate, life)) ?? eligible[0];
  // A lower maximum holds at once, whatever the slot was made for; a higher one needs a slot that lives long enough.
  return slot && { ...slot, maxTtlS: Math.min(slot.maxTtlS, life.maxTtlS) };
}

/** The usable slot that a bundle was sealed under. */
export function slotForDecryption(
  ring: AppRing,
  { pool, slot }: { readonly pool: KeyPool; readonly slot: number },
): UsableSlot | undefined {
  return ring.slots.filter(isUsable).find((candidate) => candidate.slot === slot && poolOf(candidate.holder) === pool);
}

/** The longest time to live, in seconds, that fits the slot and what it was made for. */
export function maxTtlAt(slot: SlotDates, nowS: number): number {
  return Math.min(slot.maxTtlS, latestExpiryS(slot) - nowS);
}
