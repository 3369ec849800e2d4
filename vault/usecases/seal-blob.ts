// Seal a blob: makes its key, seals that key as a field, and lets the caller put the encrypted blob into the store.

import { randomBytes } from 'node:crypto';
import { INPUT_KEY_BYTES, sealedLength } from '../../wire/cobblestone.ts';
import { BLOB_UPLOAD_SECONDS } from '../../wire/limits.ts';
import type { BlobUpload } from '../../wire/seal-blob.ts';
import { blobDays } from '../domain/blob-object.ts';
import { CONTENT_BLOB_KEY } from '../domain/envelope/associated-data.ts';
import { attachProof } from '../domain/envelope/attach-proof.ts';
import { blobContext, blobKeyText } from '../domain/envelope/blob-key.ts';
import { bundleEntropyBytes, sealBundle } from '../domain/envelope/bundle.ts';
import { bundleIdIn } from '../domain/envelope/ref.ts';
import { expiryFor, type RequestedLife } from '../domain/kek-life/expiry.ts';
import { poolOf } from '../domain/kek-life/holder.ts';
import { tagSalt } from '../domain/kek-life/ring.ts';
import type { Caller } from '../domain/trust.ts';
import type { BlobUploads } from '../ports/blob-store.ts';
import { secondsOf } from '../ports/clock.ts';
import { type SealDeps, type Serving, storeBundle, underServingSlot } from './serving-slot.ts';

export interface SealBlobDeps extends SealDeps {
  blobUploads: BlobUploads;
}

export interface BlobRequest extends RequestedLife {
  /** Bytes of the blob before it is encrypted. */
  readonly bytes: number;
  readonly subject?: string | undefined;
}

export interface SealedBlobKey {
  readonly ref: string;
  readonly proof: string;
  /** 32 bytes. The caller zero-fills them. */
  readonly key: Buffer;
  readonly context: Buffer;
  readonly expiresAtS: number;
  readonly upload: Omit<BlobUpload, 'expiresAt'>;
  readonly uploadUntilS: number;
}

/**
 * Seals the key of a blob. The blob itself comes later, or never: until it is there, its ref leads to nothing.
 *
 * @throws DaykeyError `ttl-out-of-range`; `unavailable`.
 */
export function sealBlob(deps: SealBlobDeps, caller: Caller, request: BlobRequest): Promise<SealedBlobKey> {
  return underServingSlot(deps, caller.ring, (serving) => sealUnder(deps, serving, caller, request));
}

async function sealUnder(
  deps: SealBlobDeps,
  { settings, slot }: Serving,
  { integration, ring: { generations } }: Pick<Caller, 'integration' | 'ring'>,
  request: BlobRequest,
): Promise<SealedBlobKey> {
  const { app, defaultTtlS } = settings;
  const generation = generations[integration];
  if (generation === undefined) throw new Error('the integration of a caller has no generation');
  const nowS = secondsOf(deps.clock());
  const expiresAtS = expiryFor(request, slot, defaultTtlS, nowS);
  const key = randomBytes(INPUT_KEY_BYTES);
  const text = blobKeyText({ key, bytes: request.bytes });
  const place = { app, pool: poolOf(slot.holder), slot: slot.slot, createdAtS: nowS, expiresAtS };
  const bundle = sealBundle(place, [text], randomBytes(bundleEntropyBytes(1)), CONTENT_BLOB_KEY);
  const days = blobDays(nowS, expiresAtS);
  const uploadUntilS = Math.min(expiresAtS, nowS + BLOB_UPLOAD_SECONDS);
  try {
    const [signed, stored] = await Promise.allSettled([
      deps.blobUploads.uploadTo(
        { app, id: bundleIdIn(bundle.refId), days },
        sealedLength(request.bytes),
        uploadUntilS - nowS,
      ),
      storeBundle(deps, slot, bundle, { subject: request.subject, blobDays: days }),
    ]);
    if (stored.status === 'rejected') throw stored.reason;
    if (signed.status === 'rejected') throw signed.reason;
    const [ref = ''] = bundle.refs;
    deps.telemetry.count('FieldsSealed', 1);
    const proof = attachProof(slot.slot, tagSalt(slot), { app, integration, generation, ref });
    return {
      ref,
      proof,
      key,
      context: blobContext(app, bundle.refId, 0),
      expiresAtS,
      upload: signed.value,
      uploadUntilS,
    };
  } catch (error) {
    key.fill(0);
    throw error;
  } finally {
    // No call that still needs them is under way: both have settled.
    bundle.innerWraps.fill(0);
  }
}
