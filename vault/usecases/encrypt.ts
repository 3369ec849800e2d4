// Encrypt: seals the fields of one request. One app KEK call and one write per bundle; one bundle up to 350 KB.

import { randomBytes } from 'node:crypto';
import {
  type BundlePlace,
  bundleEntropyBytes,
  type FreshBundle,
  sealBundle,
  subjectTag,
} from '../domain/envelope/bundle.ts';
import { wrapContext } from '../domain/envelope/context.ts';
import { bundleIdIn } from '../domain/envelope/ref.ts';
import { DaykeyError, isDaykeyError } from '../domain/errors.ts';
import { bucketAt } from '../domain/kek-life/bucket.ts';
import { expiryFor, type RequestedLife } from '../domain/kek-life/expiry.ts';
import { type AppRing, slotForEncryption, type UsableSlot } from '../domain/kek-life/ring.ts';
import { type AppKek, MAX_APP_KEK_CALLS_AT_ONCE } from '../ports/app-kek.ts';
import type { BundleStore } from '../ports/bundle-store.ts';
import { type Clock, secondsOf } from '../ports/clock.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { bundlesBySize, type NamedJson } from './bundles-by-size.ts';
import type { Rings } from './rings.ts';
import { settledInTurn } from './settled-in-turn.ts';

export interface EncryptDeps {
  clock: Clock;
  rings: Rings;
  appKek: AppKek;
  bundles: BundleStore;
  telemetry: Telemetry;
}

/** What to seal, and for how long. */
export interface SealingRequest extends RequestedLife {
  /** JSON texts by name; at least one. */
  readonly jsons: ReadonlyMap<string, string>;
  readonly subject?: string | undefined;
}

/** Refs by name, and the expiry that all of them share. */
export interface Sealed {
  readonly refs: ReadonlyMap<string, string>;
  readonly expiresAtS: number;
}

/** A ring with the slot of it that encrypts now. */
interface Serving extends Pick<AppRing, 'settings'> {
  readonly slot: UsableSlot;
}

/** A sealed bundle and the names of its fields, in the same order. */
interface NamedBundle {
  readonly names: readonly string[];
  readonly bundle: FreshBundle;
}

/** When to try again while no app KEK is ready, in seconds. */
const RETRY_AFTER_SECONDS = 30;

/**
 * Seals all fields or none: no ref is returned before every write has succeeded.
 *
 * @param ring the app's ring as this request has read it. It is refreshed only when no slot of it serves any more.
 * @throws DaykeyError `ttl-out-of-range`; `unavailable` when no app KEK is ready or a dependency is broken.
 */
export async function encrypt(deps: EncryptDeps, ring: AppRing, request: SealingRequest): Promise<Sealed> {
  const serving = await servingNow(deps, ring);
  try {
    return await sealUnder(deps, serving, request);
  } catch (error) {
    if (!isDaykeyError(error, 'app-kek-refused')) throw error;
    // The slot has reached its T1, or its key is disabled. Slot and expiry are authenticated, so all is sealed again, once.
    deps.telemetry.count('AppKekRefused', 1);
    return await sealUnder(deps, await servingAfterRefresh(deps, ring), request).catch((again: unknown) => {
      throw isDaykeyError(again, 'app-kek-refused') ? noAppKek(again) : again;
    });
  }
}

async function servingNow(deps: EncryptDeps, ring: AppRing): Promise<Serving> {
  const nowS = secondsOf(deps.clock());
  const slot = slotForEncryption(ring, nowS);
  if (slot && nowS < slot.endsAtS) return { settings: ring.settings, slot };
  // A remembered ring may not know yet that the next slot is ready.
  return servingAfterRefresh(deps, ring);
}

async function servingAfterRefresh(deps: EncryptDeps, { settings: { app } }: AppRing): Promise<Serving> {
  const ring = await deps.rings.refresh(app);
  const slot = ring && slotForEncryption(ring, secondsOf(deps.clock()));
  if (!slot) throw noAppKek();
  return { settings: ring.settings, slot };
}

function noAppKek(cause?: unknown): DaykeyError {
  const message = 'no app KEK is ready for this app: try again';
  return new DaykeyError('unavailable', message, { cause, retryAfterSeconds: RETRY_AFTER_SECONDS });
}

async function sealUnder(deps: EncryptDeps, { settings, slot }: Serving, request: SealingRequest): Promise<Sealed> {
  const nowS = secondsOf(deps.clock());
  const expiresAtS = expiryFor(request, slot, settings.defaultTtlS, nowS);
  const place = { app: settings.app, slot: slot.slot, createdAtS: nowS, expiresAtS };
  const tag = request.subject === undefined ? undefined : subjectTag(slot.tagSalt, request.subject);
  const sealed = sealAll(place, bundlesBySize(request.jsons));
  try {
    const stored = await settledInTurn(sealed, MAX_APP_KEK_CALLS_AT_ONCE, ({ bundle }) =>
      store(deps, slot, bundle, tag),
    );
    for (const result of stored) if (result.status === 'rejected') throw result.reason;
  } finally {
    // No call that still needs them is under way: every one that began has settled.
    for (const { bundle } of sealed) bundle.innerWraps.fill(0);
  }
  const refs = new Map(sealed.flatMap(refsByName));
  deps.telemetry.count('FieldsSealed', refs.size);
  return { refs, expiresAtS };
}

/** Seals each group as a bundle. The random bytes of all of them are drawn at once. */
function sealAll(place: BundlePlace, groups: readonly NamedJson[][]): NamedBundle[] {
  const bytesOf = (group: readonly NamedJson[]) => bundleEntropyBytes(group.length);
  const entropy = randomBytes(groups.reduce((bytes, group) => bytes + bytesOf(group), 0));
  let drawn = 0;
  return groups.map((group) => {
    const start = drawn;
    drawn += bytesOf(group);
    const jsons = group.map(([, json]) => json);
    const bundle = sealBundle(place, jsons, entropy.subarray(start, drawn));
    return { names: group.map(([name]) => name), bundle };
  });
}

/** Wraps a bundle's keys and writes it. The pointer from its subject is written beside the call to KMS. */
async function store(
  { appKek, bundles }: EncryptDeps,
  slot: UsableSlot,
  { app, createdAtS, expiresAtS, refId, sealedFields, innerWraps }: FreshBundle,
  tag: Buffer | undefined,
): Promise<void> {
  const bucket = bucketAt(slot, expiresAtS);
  if (bucket === undefined) throw new Error('the expiry lies outside the slot that was chosen for it');
  const header = { app, expiresAtS, id: bundleIdIn(refId), slot: slot.slot, createdAtS };
  const insert = async () => {
    const wrapped = await appKek.wrap(slot, wrapContext(slot, header.id, bucket), innerWraps);
    await bundles.insert({ ...header, wrapped, fields: new Map(sealedFields.entries()) });
  };
  // Both writes end before the ref is answered, so an erasure that is asked for later finds the bundle.
  const written = await Promise.allSettled([insert(), tag && bundles.point(tag.toString('base64url'), header)]);
  for (const result of written) if (result.status === 'rejected') throw result.reason;
}

function refsByName({ names, bundle: { refs } }: NamedBundle): [name: string, ref: string][] {
  return names.map((name, index) => {
    const ref = refs[index];
    if (ref === undefined) throw new Error(`a bundle of ${names.length} fields has ${refs.length} refs`);
    return [name, ref];
  });
}
