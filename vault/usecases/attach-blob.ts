// Attaching a blob to an entry: allowed to the integration that sealed the blob, which a proof shows without any I/O.

import type { Entry } from '../../wire/entry.ts';
import { proves, slotInProof } from '../domain/envelope/attach-proof.ts';
import { DaykeyError } from '../domain/errors.ts';
import { type AppRing, isUsable, tagSalt, type UsableSlot } from '../domain/kek-life/ring.ts';
import type { Policy } from '../domain/policy/policy.ts';
import type { Caller } from '../domain/trust.ts';
import type { SealDeps } from './serving-slot.ts';

/** A blob as `seal-blob` answered it. */
export interface SealedBlob {
  readonly ref: string;
  readonly proof: string;
}

/** The member of `data` that holds the ref. */
export const ATTACHED_AT = 'blob';

/**
 * @throws DaykeyError `invalid-request` for an entry that is no media event or has `data.blob` already; `ref-not-allowed`
 * for a blob that another integration sealed, or this one before it was removed and set up again, for a ref that is no blob's, and once the slot of the proof is gone.
 */
export async function checkAttachment(
  { rings }: Pick<SealDeps, 'rings'>,
  { app, integration, ring }: Pick<Caller, 'app' | 'integration' | 'ring'>,
  { catalogue }: Pick<Policy, 'catalogue'>,
  { type, data }: Entry,
  { ref, proof }: SealedBlob,
): Promise<void> {
  if (catalogue.get(type)?.kind !== 'media-event') {
    throw new DaykeyError('invalid-request', 'only a media event carries a blob', { paths: ['blob', 'entry.type'] });
  }
  if (Object.hasOwn(data, ATTACHED_AT)) {
    throw new DaykeyError('invalid-request', 'the entry has data.blob already', { paths: ['blob', 'entry.data.blob'] });
  }
  const named = slotInProof(proof);
  const generation = ring.generations[integration];
  if (named !== undefined && generation !== undefined) {
    const known = slotsNamed(ring, named);
    // A remembered ring may not know the newest slot yet.
    const slots = known.length > 0 ? known : slotsNamed(await rings.refresh(app), named);
    if (slots.some((slot) => proves(proof, named, tagSalt(slot), { app, integration, generation, ref }))) return;
  }
  const message = 'this integration did not seal this blob: send ref and proof as seal-blob answered them';
  throw new DaykeyError('ref-not-allowed', message, { paths: ['blob'] });
}

/** The usable slots with this ID: an app that has changed its keys may have two. */
function slotsNamed(ring: AppRing | undefined, named: number): UsableSlot[] {
  return (ring?.slots ?? []).filter(isUsable).filter(({ slot }) => slot === named);
}
