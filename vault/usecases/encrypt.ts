// Encrypt: seals the fields of one request. One app KEK call and one write a bundle, one bundle unless over 350 KB.

import { randomBytes } from 'node:crypto';
import { MAX_FIELDS, MIN_TTL_SECONDS } from '../../wire/limits.ts';
import { bundleEntropyBytes, bundleId, sealBundle, subjectTag, tagOf, wrapContext } from '../domain/envelope/bundle.ts';
import { INNER_WRAP_BYTES } from '../domain/envelope/field.ts';
import { PAD_TO_BYTES } from '../domain/envelope/padding.ts';
import { DaykeyError, isDaykeyError } from '../domain/errors.ts';
import { type AppRing, maxTtlAt, slotForEncryption, type UsableSlot } from '../domain/kek-life/ring.ts';
import type { AppKek } from '../ports/app-kek.ts';
import { type BundleStore, MAX_BUNDLE_BYTES } from '../ports/bundle-store.ts';
import { type Clock, secondsOf } from '../ports/clock.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Rings } from './rings.ts';

export interface EncryptDeps {
  clock: Clock;
  rings: Rings;
  appKek: AppKek;
  bundles: BundleStore;
  telemetry: Telemetry;
}

/** What to seal: JSON texts by name, one at least. */
export interface Sealing {
  jsons: ReadonlyMap<string, string>;
  /** Seconds, 60 up to what the app allows; the app's default when absent. */
  ttlSeconds?: number | undefined;
  /** No expiry after this instant, in whole seconds since 1970; may be closer than 60 s. */
  notAfterS?: number | undefined;
  subject?: string | undefined;
}

/** Tokens by name, and the expiry that all of them share. */
export interface Sealed {
  refs: Map<string, string>;
  expiresAtS: number;
}

// What a field costs in an item beside its padded value: header, nonce, tag, wrap, map key.
const FIELD_OVERHEAD_BYTES = 64 + INNER_WRAP_BYTES + 16;
const BUNDLE_OVERHEAD_BYTES = 1024;
/** When to try again while no app KEK is ready, in seconds. */
const RETRY_AFTER_SECONDS = 30;

/**
 * Seals all fields or none: no token is returned before every write has succeeded.
 *
 * @throws DaykeyError `ttl-out-of-range`; `unavailable` when no app KEK is ready or a dependency is broken.
 */
export async function encrypt(deps: EncryptDeps, app: string, sealing: Sealing): Promise<Sealed> {
  try {
    return await encryptUnder(deps, await slotNow(deps, app), app, sealing);
  } catch (error) {
    if (!isDaykeyError(error, 'app-kek-refused')) throw error;
    // The slot's T1 has come in between, or its key is disabled. Slot and expiry are authenticated, so seal anew, once.
    deps.telemetry.count('AppKekRefused', 1);
    const ring = await deps.rings.refresh(app);
    return await encryptUnder(deps, pick(ring, deps), app, sealing).catch((again: unknown) => {
      throw isDaykeyError(again, 'app-kek-refused') ? noAppKek(again) : again;
    });
  }
}

/**
 * A time to live that no request may ask for is told even where there is nothing to seal: whether a caller's settings
 * are right must not depend on what it sends. Reads nothing but a remembered ring, and lets pass what it cannot judge.
 *
 * @throws DaykeyError `ttl-out-of-range`
 */
export async function checkTtl(
  { rings, clock }: EncryptDeps,
  app: string,
  ttlSeconds: number | undefined,
): Promise<void> {
  const nowS = secondsOf(clock());
  const ring = await rings.get(app);
  const slot = ring && slotForEncryption(ring, nowS);
  if (slot) checkWithin(ttlSeconds, maxTtlAt(slot, nowS));
}

async function slotNow(deps: EncryptDeps, app: string): Promise<UsableSlot> {
  const nowS = secondsOf(deps.clock());
  const remembered = await deps.rings.get(app);
  const slot = remembered && slotForEncryption(remembered, nowS);
  // A remembered ring may not know yet that the next slot is ready.
  return slot && nowS < slot.endsAtS ? slot : pick(await deps.rings.refresh(app), deps);
}

function pick(ring: AppRing | undefined, deps: EncryptDeps): UsableSlot {
  const slot = ring && slotForEncryption(ring, secondsOf(deps.clock()));
  if (slot) return slot;
  throw noAppKek();
}

function noAppKek(cause?: unknown): DaykeyError {
  const message = 'no app KEK is ready for this app: try again';
  return new DaykeyError('unavailable', message, { cause, retryAfterSeconds: RETRY_AFTER_SECONDS });
}

async function encryptUnder(deps: EncryptDeps, slot: UsableSlot, app: string, sealing: Sealing): Promise<Sealed> {
  const nowS = secondsOf(deps.clock());
  const defaultTtlS = (await deps.rings.get(app))?.settings.defaultTtlS ?? slot.maxTtlS;
  const place = { app, slot: slot.slot, expiresAtS: expiryOf(sealing, slot, nowS, defaultTtlS) };
  const tag = sealing.subject === undefined ? undefined : subjectTag(slot.tagSalt, sealing.subject);
  const groups = splitBySize([...sealing.jsons]);
  const entropy = randomBytes(groups.reduce((bytes, group) => bytes + bundleEntropyBytes(group.length), 0));
  const refs = new Map<string, string>();
  let drawn = 0;
  const bundles = groups.map((group) => {
    const bytes = bundleEntropyBytes(group.length);
    const jsons = group.map(([, json]) => json);
    const bundle = sealBundle(place, jsons, tag, entropy.subarray(drawn, drawn + bytes));
    drawn += bytes;
    group.forEach(([name], index) => {
      refs.set(name, bundle.tokens[index] ?? '');
    });
    return bundle;
  });
  try {
    await Promise.all(
      bundles.map(async ({ refId, ciphertexts, innerWraps }) => {
        const id = bundleId(refId);
        const wrapped = await deps.appKek.wrap(slot, wrapContext(place, id), innerWraps);
        await deps.bundles.insert({
          ...place,
          tag: tagOf(refId),
          id,
          createdAtS: nowS,
          wrapped,
          fields: new Map(ciphertexts.entries()),
        });
      }),
    );
  } finally {
    for (const { innerWraps } of bundles) innerWraps.fill(0);
  }
  deps.telemetry.count('FieldsSealed', refs.size);
  return { refs, expiresAtS: place.expiresAtS };
}

/** Asked too long is an error, never silently shortened; `notAfter` may shorten as far as it likes. */
function expiryOf(sealing: Sealing, slot: UsableSlot, nowS: number, defaultTtlS: number): number {
  const maxTtlS = maxTtlAt(slot, nowS);
  const { ttlSeconds, notAfterS } = sealing;
  checkWithin(ttlSeconds, maxTtlS);
  const expiresAtS = nowS + (ttlSeconds ?? Math.min(defaultTtlS, maxTtlS));
  if (notAfterS === undefined || notAfterS >= expiresAtS) return expiresAtS;
  if (notAfterS <= nowS) {
    throw new DaykeyError('ttl-out-of-range', 'notAfter is in the past: nothing would be readable', {
      paths: ['notAfter'],
    });
  }
  return notAfterS;
}

function checkWithin(ttlSeconds: number | undefined, maxTtlS: number): void {
  if (ttlSeconds === undefined || (ttlSeconds >= MIN_TTL_SECONDS && ttlSeconds <= maxTtlS)) return;
  const message = `ttlSeconds must be ${MIN_TTL_SECONDS} to ${maxTtlS} for this app now`;
  throw new DaykeyError('ttl-out-of-range', message, { paths: ['ttlSeconds'] });
}

/** Fills bundles in order, each up to 64 fields and 350 KB. */
function splitBySize(fields: readonly (readonly [name: string, json: string])[]): (readonly [string, string])[][] {
  const groups: (readonly [string, string])[][] = [];
  let left = 0;
  for (const field of fields) {
    const bytes = Buffer.byteLength(field[1]) + PAD_TO_BYTES + FIELD_OVERHEAD_BYTES;
    const last = groups.at(-1);
    if (last && last.length < MAX_FIELDS && bytes <= left) {
      last.push(field);
      left -= bytes;
    } else {
      groups.push([field]);
      left = MAX_BUNDLE_BYTES - BUNDLE_OVERHEAD_BYTES - bytes;
    }
  }
  return groups;
}
