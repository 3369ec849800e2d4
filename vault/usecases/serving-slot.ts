// The slot that encrypts now, and storing a bundle under it: what every request that seals does.

import { type FreshBundle, subjectTag } from '../domain/envelope/bundle.ts';
import { wrapContext } from '../domain/envelope/context.ts';
import { bundleIdIn } from '../domain/envelope/ref.ts';
import { DaykeyError, isDaykeyError } from '../domain/errors.ts';
import { bucketAt } from '../domain/kek-life/bucket.ts';
import { type AppRing, slotForEncryption, tagSalt, type UsableSlot } from '../domain/kek-life/ring.ts';
import type { AppKek } from '../ports/app-kek.ts';
import type { BundleStore } from '../ports/bundle-store.ts';
import { type Clock, secondsOf } from '../ports/clock.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Rings } from './rings.ts';

export interface SealDeps {
  clock: Clock;
  rings: Rings;
  appKek: AppKek;
  bundles: BundleStore;
  telemetry: Telemetry;
}

/** A ring with the slot of it that encrypts now. */
export interface Serving extends Pick<AppRing, 'settings'> {
  readonly slot: UsableSlot;
}

/** When to try again while no app KEK is ready, in seconds. */
const RETRY_AFTER_SECONDS = 30;

/**
 * Seals under the slot that encrypts now, and once more under a newer one when KMS refuses the first. Slot and expiry are
 * authenticated, so `seal` has to seal everything again.
 *
 * @param ring the app's ring as this request has read it. It is refreshed only when no slot of it serves any more.
 * @throws DaykeyError `unavailable` when no app KEK is ready, and what `seal` throws.
 */
export async function underServingSlot<Sealed>(
  deps: SealDeps,
  ring: AppRing,
  seal: (serving: Serving) => Promise<Sealed>,
): Promise<Sealed> {
  const serving = await servingNow(deps, ring);
  try {
    return await seal(serving);
  } catch (error) {
    if (!isDaykeyError(error, 'app-kek-refused')) throw error;
    // The slot has reached its T1, or its key is disabled.
    deps.telemetry.count('AppKekRefused', 1);
    return await seal(await servingAfterRefresh(deps, ring)).catch((again: unknown) => {
      throw isDaykeyError(again, 'app-kek-refused') ? noAppKek(again) : again;
    });
  }
}

/** Wraps a bundle's keys and writes it. The pointer from its subject is written beside the call to KMS. */
export async function storeBundle(
  { appKek, bundles }: Pick<SealDeps, 'appKek' | 'bundles'>,
  slot: UsableSlot,
  { app, pool, createdAtS, expiresAtS, refId, sealedFields, innerWraps }: FreshBundle,
  { subject, blobDays }: { readonly subject?: string | undefined; readonly blobDays?: number },
): Promise<void> {
  const bucket = bucketAt(slot, expiresAtS);
  if (bucket === undefined) throw new Error('the expiry lies outside the slot that was chosen for it');
  const header = { app, pool, expiresAtS, id: bundleIdIn(refId), slot: slot.slot, createdAtS, blobDays };
  const tag = subject === undefined ? undefined : subjectTag(tagSalt(slot), subject).toString('base64url');
  const insert = async () => {
    const wrapped = await appKek.wrap(slot, wrapContext(app, slot, header.id, bucket), innerWraps);
    await bundles.insert({ ...header, wrapped, fields: new Map(sealedFields.entries()) });
  };
  // Both writes end before the ref is answered, so an erasure that is asked for later finds the bundle.
  const written = await Promise.allSettled([insert(), tag && bundles.point(tag, header)]);
  for (const result of written) if (result.status === 'rejected') throw result.reason;
}

async function servingNow(deps: SealDeps, ring: AppRing): Promise<Serving> {
  const nowS = secondsOf(deps.clock());
  const slot = slotForEncryption(ring, nowS);
  if (slot && nowS < slot.endsAtS) return { settings: ring.settings, slot };
  // A remembered ring may not know yet that the next slot is ready.
  return servingAfterRefresh(deps, ring);
}

async function servingAfterRefresh(deps: SealDeps, { settings: { app } }: AppRing): Promise<Serving> {
  const ring = await deps.rings.refresh(app);
  const slot = ring && slotForEncryption(ring, secondsOf(deps.clock()));
  if (!slot) throw noAppKek();
  return { settings: ring.settings, slot };
}

function noAppKek(cause?: unknown): DaykeyError {
  const message = 'no app KEK is ready for this app: try again';
  return new DaykeyError('unavailable', message, { cause, retryAfterSeconds: RETRY_AFTER_SECONDS });
}
